package refusal_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/rest"
)

// answer is what a client gets.
type answer struct {
	status                   int
	header                   http.Header
	Detail, Instance, Codigo string
	RequestID                string `json:"request_id"`
}

func send(t *testing.T, app *fiber.App, path string, headers ...string) (a answer) {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	request.RequestURI = path // as it is, also when it is not valid
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := app.Test(request, -1)
	require.NoError(t, err)
	defer response.Body.Close()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&a))
	a.status, a.header = response.StatusCode, response.Header
	return a
}

// writes is an application whose every path answers err, in the context that in makes of the request's.
func writes(err error, in func(context.Context) context.Context) *fiber.App {
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) error {
		c.SetUserContext(in(context.Background()))
		return refusal.Write(c, err)
	})
	return app
}

func same(ctx context.Context) context.Context { return ctx }

func TestWrite(t *testing.T) {
	t.Parallel()
	err := fault.ErrUnavailable.New("Espere.").After(1500 * time.Millisecond).Because(errors.New("password=hunter2"))
	a := send(t, writes(err, func(ctx context.Context) context.Context {
		return logging.WithRequest(ctx, logging.Request{ID: "r1"})
	}), "/cosas/1")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Equal(t, problem.ContentType, a.header.Get("Content-Type"))
	assert.Equal(t, "2", a.header.Get("Retry-After"), "whole seconds, rounded up")
	assert.Equal(t, "SERVICIO_NO_DISPONIBLE", a.Codigo)
	assert.Equal(t, "Espere.", a.Detail, "without the cause")
	assert.Equal(t, "/cosas/1", a.Instance)
	assert.Equal(t, "r1", a.RequestID)
}

func TestWrite_instance_is_a_valid_reference(t *testing.T) {
	t.Parallel()
	app := writes(fault.ErrNotFound.New("No está."), same)
	for path, want := range map[string]string{
		"//otra.example/x":                "/.//otra.example/x", // else a host
		"/a%zz":                           "/a%25zz",
		"/ñ":                              "/%C3%B1",
		"/" + strings.Repeat("a", 199):    "/" + strings.Repeat("a", 199),
		"/" + strings.Repeat("a", 200):    "",
		"/cosas/a%20b":                    "/cosas/a%20b",
		"/cosas/1?clave=no-es-de-la-ruta": "/cosas/1",
	} {
		assert.Equal(t, want, send(t, app, path).Instance, path)
	}
}

func TestWrite_after_the_deadline(t *testing.T) {
	t.Parallel()
	late := func(ctx context.Context) context.Context {
		ended, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
		cancel()
		return ended
	}
	a := send(t, writes(fault.ErrUnavailable.New("auth no responde.").After(7*time.Second), late), "/x")
	assert.Equal(t, "PLAZO_AGOTADO", a.Codigo, "the deadline is why the peer did not answer")
	assert.Equal(t, "7", a.header.Get("Retry-After"))
	a = send(t, writes(fault.ErrDeadline.New("Ya lo dije."), late), "/x")
	assert.Equal(t, "Ya lo dije.", a.Detail, "the first fault says more")
	assert.Equal(t, "NO_ENCONTRADO", send(t, writes(fault.ErrNotFound.New("No está."), late), "/x").Codigo)
	assert.Equal(t, "SERVICIO_NO_DISPONIBLE", send(t, writes(fault.ErrUnavailable.New("No."), same), "/x").Codigo)
}

// Of returns the error for the log; after Forget, another answer can be written.
func TestForget(t *testing.T) {
	t.Parallel()
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) error {
		assert.NoError(t, refusal.Of(c))
		assert.NoError(t, refusal.Write(c, fault.ErrUnavailable.New("Espere.")))
		assert.ErrorIs(t, refusal.Of(c), fault.ErrUnavailable)
		refusal.Forget(c)
		assert.NoError(t, refusal.Of(c))
		assert.Empty(t, c.Response().Body())
		return refusal.Write(c, fault.ErrNotFound.New("No está."))
	})
	a := send(t, app, "/x")
	assert.Equal(t, http.StatusNotFound, a.status)
	assert.Empty(t, a.header.Get("Retry-After"), "it is of the first answer")
}

// operation is an application with one operation, which answers err.
func operation(security []map[string][]string, metadata map[string]any, err error) *fiber.App {
	refusal.Install()
	app := fiber.New()
	huma.Register(humafiber.New(app, huma.DefaultConfig("Prueba", "1")), huma.Operation{
		OperationID: "leer", Method: http.MethodGet, Path: "/cosas/{id}", Security: security, Metadata: metadata,
	}, func(context.Context, *struct {
		ID    int64  `path:"id"`
		Clave string `query:"clave" maxLength:"3"`
	}) (*struct{}, error) {
		return nil, err
	})
	return app
}

func TestInstall_challenges(t *testing.T) {
	t.Parallel()
	unknown := fault.ErrUnauthenticated.New("No.")
	client := unknown.With("error", "invalid_client")
	for name, c := range map[string]struct {
		security []map[string][]string
		err      error
		sent     string
		want     string
	}{
		"no token":                 {rest.Scopes("leer"), unknown, "", `Bearer realm="tienda"`},
		"a bad token":              {rest.Scopes("leer"), unknown, "bearer x", `Bearer realm="tienda", error="invalid_token"`},
		"another scheme":           {rest.Scopes("leer"), unknown, "Basic x", `Bearer realm="tienda"`},
		"a token that is not read": {rest.NoToken, unknown, "Bearer x", `Bearer realm="tienda"`},
		"an OAuth client":          {rest.NoToken, client, "", `Basic realm="tienda", charset="UTF-8"`},
		"a scope that is missing": {rest.Scopes("leer"), fault.ErrForbidden.New("No.").Needs("leer"), "Bearer x",
			`Bearer realm="tienda", error="insufficient_scope", scope="leer"`},
		"forbidden for all scopes":   {rest.Scopes("leer"), fault.ErrForbidden.New("No."), "Bearer x", ""},
		"no question of permissions": {rest.Scopes("leer"), fault.ErrNotFound.New("No."), "Bearer x", ""},
	} {
		a := send(t, operation(c.security, nil, c.err), "/cosas/1", "Authorization", c.sent)
		assert.Equal(t, c.want, a.header.Get("WWW-Authenticate"), name)
	}
}

// A validation error has no value of the client, and reveals nothing that the caller may not see.
func TestInstall_validation(t *testing.T) {
	t.Parallel()
	a := send(t, operation(rest.NoToken, nil, nil), "/cosas/1?clave=hunter2")
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Equal(t, "VALIDACION", a.Codigo)
	assert.NotContains(t, a.Detail, "hunter2")

	hidden := rest.Visible(func(context.Context, huma.Context) error { return fault.ErrNotFound.New("No está.") })
	a = send(t, operation(rest.NoToken, hidden, nil), "/cosas/1?clave=hunter2")
	assert.Equal(t, http.StatusNotFound, a.status)
	a = send(t, operation(rest.NoToken, hidden, fault.ErrConflict.New("No puede ser.")), "/cosas/1?clave=x")
	assert.Equal(t, http.StatusConflict, a.status, "the check runs only for what is invalid")
}
