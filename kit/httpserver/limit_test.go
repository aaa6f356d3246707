package httpserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/rest"
)

// callers is an Authenticator for which a token is its subject.
type callers struct{}

func (callers) Verify(_ context.Context, token string) (authn.Caller, error) {
	if token == "bad" {
		return authn.Caller{}, fault.ErrUnauthenticated.New("El token no es válido.")
	}
	audience := authn.UserAudience
	if token == "servicio:pedidos" {
		audience = "prueba"
	}
	return authn.Caller{Subject: token, Audience: audience}, nil
}

func newLimited(perMinute int, origins ...string) *httpserver.Server {
	s := httpserver.New(httpserver.Options{
		Service: "prueba", Title: "Prueba", Version: "1", Auth: callers{}, PerMinute: perMinute, Origins: origins,
	})
	for path, security := range map[string][]map[string][]string{
		"/todos": rest.Public, "/suyo": rest.Scopes(), "/nadie": rest.Scopes("imposible"), "/login": rest.NoToken,
	} {
		huma.Register(s.API(), huma.Operation{OperationID: path, Method: "GET", Path: path, Security: security},
			func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	}
	return s
}

func get(t *testing.T, s *httpserver.Server, path, token string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.App().Test(r, -1)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	const limit = 5
	for name, c := range map[string]struct {
		path, token string
		before      int // status while the caller has requests left
	}{
		"a user":                {"/suyo", "7", 204},
		"a user who may not":    {"/nadie", "7", 403},
		"a user who need not":   {"/todos", "7", 204},
		"no caller, by address": {"/todos", "", 204},
		"no caller, refused":    {"/suyo", "", 401},
		"bad token":             {"/suyo", "bad", 401},
		"login":                 {"/login", "", 204},
	} {
		s := newLimited(limit)
		for range limit {
			assert.Equal(t, c.before, get(t, s, c.path, c.token).StatusCode, name)
		}
		refused := get(t, s, c.path, c.token)
		assert.Equal(t, http.StatusTooManyRequests, refused.StatusCode, name)
		seconds, err := strconv.Atoi(refused.Header.Get("Retry-After"))
		require.NoError(t, err, name)
		assert.InDelta(t, 12, seconds, 1, "%s: five a minute are one in twelve seconds", name)
		if c.token == "7" {
			assert.Equal(t, 204, get(t, s, "/suyo", "8").StatusCode, "%s: another caller has an allowance of their own", name)
		}
		assert.Equal(t, 200, get(t, s, "/health/live", "").StatusCode, name)
	}
	s := newLimited(limit)
	for range 3 * limit {
		assert.Equal(t, 204, get(t, s, "/suyo", "servicio:pedidos").StatusCode, "the shop's own services are not limited")
	}
	s = newLimited(0)
	for range 3 * limit {
		assert.Equal(t, 204, get(t, s, "/suyo", "7").StatusCode)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newLimited(0)
	for _, path := range []string{"/todos", "/suyo", "/no-hay", "/health/live", "/docs", "/metrics"} {
		h := get(t, s, path, "").Header
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "DENY", h.Get("X-Frame-Options"), path)
		assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		assert.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'", path)
		assert.Contains(t, h.Get("Cache-Control"), "no-", path)
		assert.Empty(t, h.Get("Server"), path)
		assert.Empty(t, h.Get("Access-Control-Allow-Origin"), "CORS is off unless configured")
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	s := newLimited(0, "https://tienda.example")
	allowed := get(t, s, "/todos", "", "Origin", "https://tienda.example")
	assert.Equal(t, "https://tienda.example", allowed.Header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, allowed.Header.Get("Access-Control-Expose-Headers"), "Idempotency-Replayed")
	assert.Empty(t, allowed.Header.Get("Access-Control-Allow-Credentials"))
	assert.Empty(t, get(t, s, "/todos", "", "Origin", "https://otra.example").Header.Get("Access-Control-Allow-Origin"))

	preflight := httptest.NewRequest(http.MethodOptions, "/todos", nil)
	preflight.Header.Set("Origin", "https://tienda.example")
	preflight.Header.Set("Access-Control-Request-Method", "PATCH")
	response, err := s.App().Test(preflight, -1)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusNoContent, response.StatusCode)
	assert.Contains(t, response.Header.Get("Access-Control-Allow-Headers"), "Idempotency-Key")
}
