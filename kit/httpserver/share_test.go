package httpserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/rest"
)

type kept struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *[]string
}

func newShared(age time.Duration, origins ...string) *httpserver.Server {
	s := httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", Version: "1", Auth: tokens{}, SharedAge: age,
		Origins: origins})
	huma.Register(s.API(), huma.Operation{
		OperationID: "una", Method: "GET", Path: "/una/{id}", Security: rest.Public, Metadata: rest.Shared(),
	}, func(_ context.Context, in *struct {
		ID          int64  `path:"id"`
		IfNoneMatch string `header:"If-None-Match"`
	}) (*kept, error) {
		if in.ID > 1 {
			return nil, fault.ErrNotFound.New("No existe.")
		}
		if rest.NotModified(in.IfNoneMatch, 3) {
			return &kept{Status: 304, ETag: rest.ETag(3)}, nil
		}
		return &kept{Status: 200, ETag: rest.ETag(3), Body: &[]string{"a"}}, nil
	})
	huma.Register(s.API(), huma.Operation{OperationID: "otra", Method: "GET", Path: "/otra", Security: rest.Public},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	return s
}

// TestShared: caches keep public answers, and no others.
func TestShared(t *testing.T) {
	t.Parallel()
	const public, private = "public, max-age=5", "no-store"
	for _, c := range []struct {
		path, token, tag string
		status           int
		want             string
	}{
		{"/una/1", "", "", 200, public},
		{"/una/1", "", `"3"`, 304, public},
		{"/una/1", "", `"2"`, 200, public},
		{"/una/1", "x", "", 200, private},
		{"/una/1", "x", `"3"`, 304, private},
		{"/una/1", "service", "", 200, private},
		{"/una/1", "bad", "", 401, private},
		{"/una/2", "", "", 404, private},
		{"/una/x", "", "", 422, private},
		{"/una/1?a=1", "", "", 422, private},
		{"/otra", "", "", 204, private},
		{"/nada", "", "", 404, private},
	} {
		headers := []string{}
		if c.tag != "" {
			headers = []string{"If-None-Match", c.tag}
		}
		a := get(t, newShared(5*time.Second), c.path, c.token, headers...)
		require.Equal(t, c.status, a.StatusCode, c.path)
		assert.Equal(t, c.want, a.Header.Get("Cache-Control"), "%s %s", c.path, c.token)
		if c.path == "/una/1" {
			assert.Equal(t, "Authorization", a.Header.Get("Vary"), "%s %s", c.path, c.token)
		}
	}
	assert.Equal(t, private, get(t, newShared(0), "/una/1", "").Header.Get("Cache-Control"))
	assert.Equal(t, "Origin, Authorization", get(t, newShared(time.Second, "https://a.example"), "/una/1", "").Header.Get("Vary"))
}

// TestDocuments_are_revalidated: a document that has not changed is not sent again.
func TestDocuments_are_revalidated(t *testing.T) {
	t.Parallel()
	s := newShared(time.Second)
	for _, path := range []string{"/openapi.json", "/openapi.yaml", "/docs", "/docs/swagger-ui.css"} {
		first := get(t, s, path, "")
		assert.Equal(t, "no-cache", first.Header.Get("Cache-Control"), path)
		require.Regexp(t, `^"[^"]+"$`, first.Header.Get("ETag"), path)
		request := httptest.NewRequest("GET", path, nil)
		request.Header.Set("If-None-Match", first.Header.Get("ETag"))
		again, err := s.App().Test(request, -1)
		require.NoError(t, err)
		require.NoError(t, again.Body.Close())
		assert.Equal(t, http.StatusNotModified, again.StatusCode, path)
		assert.Equal(t, http.StatusOK, get(t, s, path, "", "If-None-Match", `"another"`).StatusCode, path)
	}
}
