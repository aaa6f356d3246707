package httpserver_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/rest"
)

// counter is a server with one operation that takes a key and answers what the test asks for.
type counter struct {
	*httpserver.Server
	db     *database.DB
	calls  atomic.Int64
	hidden atomic.Bool // the account no longer belongs to the caller
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	db, err := database.Open(t.Context(), dbtest.SQLite(t), database.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	require.NoError(t, db.Migrate(t.Context(), keystore.Join(fstest.MapFS{"sqlite/0001_nothing.sql": {}})))
	c := &counter{db: db, Server: httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", Version: "1", Auth: tokens{},
		Keys: keystore.New(db)})}
	type input struct {
		rest.IdempotencyKey
		Body struct {
			Fin string `json:"fin,omitempty"`
		}
	}
	type output struct {
		Location string `header:"Location"`
		Body     struct {
			Llamada int64 `json:"llamada"`
			Efecto  int64 `json:"efecto"`
		}
	}
	handler := func(ctx context.Context, in *input) (*output, error) {
		n := c.calls.Add(1)
		out := &output{Location: "/cuentas/1"}
		out.Body.Llamada = n
		switch in.Body.Fin {
		case "404":
			return nil, fault.ErrNotFound.New("No está (%d).", n)
		case "409":
			return nil, fault.ErrConflict.New("No puede ser (%d).", n)
		case "422":
			return nil, fault.ErrInvalid.New("No vale (%d).", n)
		case "403":
			return nil, fault.ErrForbidden.New("No puede (%d).", n)
		case "412":
			return nil, fault.ErrPrecondition.New("Ha cambiado (%d).", n)
		case "429":
			return nil, fault.ErrRateLimited.New("Despacio (%d).", n)
		case "500":
			return nil, fault.ErrInternal.New("Mal (%d).", n)
		}
		first, _, err := keystore.Once(ctx, db, in.Key(), func(context.Context, database.Writer) (int64, error) { return n, nil })
		out.Body.Efecto = first
		if err == nil && in.Body.Fin == "503 tras el efecto" && n == 1 {
			err = fault.ErrUnavailable.New("Casi.")
		}
		return out, err
	}
	huma.Register(c.API(), huma.Operation{
		OperationID: "contar", Method: "POST", Path: "/cuentas", Security: rest.Scopes("contar"), DefaultStatus: 201,
	}, handler)
	type abono struct {
		ID int64 `path:"id"`
		rest.IdempotencyKey
		Body struct {
			Fin string `json:"fin,omitempty"`
		}
	}
	huma.Register(c.API(), huma.Operation{
		OperationID: "abonar", Method: "POST", Path: "/cuentas/{id}/abonos", Security: rest.Scopes("contar"), DefaultStatus: 201,
		Metadata: rest.Visible(func(context.Context, huma.Context) error {
			if c.hidden.Load() {
				return fault.ErrNotFound.New("No está.")
			}
			return nil
		}),
	}, func(ctx context.Context, in *abono) (*output, error) {
		return handler(ctx, &input{in.IdempotencyKey, in.Body})
	})
	huma.Register(c.API(), huma.Operation{
		OperationID: "sinClave", Method: "POST", Path: "/otras", Security: rest.NoToken, DefaultStatus: 201,
	}, func(context.Context, *struct{}) (*output, error) {
		out := &output{}
		out.Body.Llamada = c.calls.Add(1)
		return out, nil
	})
	return c
}

func (c *counter) post(t *testing.T, path, body string, keys ...string) (*http.Response, string) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer contar")
	for _, key := range keys {
		request.Header.Add("Idempotency-Key", key)
	}
	response, err := c.App().Test(request, -1)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(raw)
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	t.Run("what is kept", func(t *testing.T) {
		t.Parallel()
		for fin, kept := range map[string]bool{
			"": true, "404": true, "409": true, "422": false, "403": false, "412": false, "429": false, "500": false,
		} {
			c := newCounter(t)
			body := `{"fin":"` + fin + `"}`
			first, text := c.post(t, "/cuentas", body, "k")
			again, textAgain := c.post(t, "/cuentas", ` { "fin" : "`+fin+`" } `, "k")
			assert.Equal(t, first.StatusCode, again.StatusCode, fin)
			assert.Equal(t, first.Header.Get("Content-Type"), again.Header.Get("Content-Type"), fin)
			assert.Empty(t, first.Header.Get("Idempotency-Replayed"), fin)
			if !kept {
				assert.EqualValues(t, 2, c.calls.Load(), fin)
				assert.Empty(t, again.Header.Get("Idempotency-Replayed"), fin)
				continue
			}
			assert.EqualValues(t, 1, c.calls.Load(), fin)
			assert.Equal(t, text, textAgain, fin)
			assert.Equal(t, "true", again.Header.Get("Idempotency-Replayed"), fin)
			assert.Equal(t, first.Header.Get("Location"), again.Header.Get("Location"), fin)
			assert.NotEqual(t, first.Header.Get("X-Request-Id"), again.Header.Get("X-Request-Id"), fin)
			other, _ := c.post(t, "/cuentas", `{"fin":"otro"}`, "k")
			assert.Equal(t, 422, other.StatusCode, fin)
		}
	})
	t.Run("after a 5xx the work is resumed", func(t *testing.T) {
		t.Parallel()
		c := newCounter(t)
		body := `{"fin":"503 tras el efecto"}`
		first, _ := c.post(t, "/cuentas", body, "k")
		require.Equal(t, 503, first.StatusCode)
		again, text := c.post(t, "/cuentas", body, "k")
		require.Equal(t, 201, again.StatusCode, text)
		assert.JSONEq(t, `{"llamada":2,"efecto":1}`, text, "the second try knows what the first has done")
		assert.Empty(t, again.Header.Get("Idempotency-Replayed"))
		third, replayed := c.post(t, "/cuentas", body, "k")
		assert.Equal(t, text, replayed)
		assert.Equal(t, "true", third.Header.Get("Idempotency-Replayed"))
	})
	t.Run("an answer that cannot be kept is not sent", func(t *testing.T) {
		t.Parallel()
		c := newCounter(t)
		_, err := c.db.Write().Exec(t.Context(),
			`CREATE TRIGGER full BEFORE UPDATE ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'full'); END`)
		require.NoError(t, err)
		response, text := c.post(t, "/cuentas", `{}`, "k")
		assert.GreaterOrEqual(t, response.StatusCode, 500)
		assert.NotContains(t, text, "llamada")
		assert.Empty(t, response.Header.Get("Location"))
	})
	t.Run("odd keys", func(t *testing.T) {
		t.Parallel()
		c := newCounter(t)
		for name, keys := range map[string][]string{
			"two": {"a", "b"}, "empty": {""}, "long": {strings.Repeat("k", 256)}, "not ASCII": {"ñ"}, "tab": {"a\tb"},
		} {
			response, text := c.post(t, "/cuentas", `{}`, keys...)
			assert.Equal(t, 422, response.StatusCode, name)
			assert.Contains(t, text, `"campo":"Idempotency-Key"`, name)
		}
		assert.Zero(t, c.calls.Load())
		response, _ := c.post(t, "/cuentas", `{}`, strings.Repeat("~", 255))
		assert.Equal(t, 201, response.StatusCode)
	})
	t.Run("an operation that takes none refuses it", func(t *testing.T) {
		t.Parallel()
		c := newCounter(t)
		response, text := c.post(t, "/otras", "", "k")
		assert.Equal(t, 422, response.StatusCode)
		assert.Contains(t, text, `"campo":"Idempotency-Key"`)
		assert.Zero(t, c.calls.Load())
	})
	t.Run("what a key is about has one name", func(t *testing.T) {
		t.Parallel()
		c := newCounter(t)
		for _, spellings := range [][]string{{"/cuentas", "/cuentas/"},
			{"/cuentas/17/abonos", "/cuentas/17/abonos/", "/cuentas/%317/abonos", "/cuentas/017/abonos"}} {
			_, first := c.post(t, spellings[0], `{}`, "k")
			for _, spelling := range spellings[1:] {
				response, text := c.post(t, spelling, `{}`, "k")
				assert.Equal(t, "true", response.Header.Get("Idempotency-Replayed"), spelling)
				assert.Equal(t, first, text, spelling)
			}
		}
		other, _ := c.post(t, "/cuentas/18/abonos", `{}`, "k")
		assert.Empty(t, other.Header.Get("Idempotency-Replayed"), "another account")
		var scopes int
		require.NoError(t, c.db.Read().QueryRow(t.Context(), `SELECT count(*) FROM idempotency_keys
			WHERE scope LIKE '% POST /cuentas' OR scope LIKE '% POST /cuentas/17/abonos' OR scope LIKE '% POST /cuentas/18/abonos'`).Scan(&scopes))
		assert.Equal(t, 3, scopes, "keys of the program before are found under the plain spelling")
	})
	t.Run("what the caller may no longer see is not shown again", func(t *testing.T) {
		t.Parallel()
		c := newCounter(t)
		first, _ := c.post(t, "/cuentas/17/abonos", `{}`, "k")
		require.Equal(t, 201, first.StatusCode)
		c.hidden.Store(true)
		again, text := c.post(t, "/cuentas/17/abonos", `{}`, "k")
		assert.Equal(t, 404, again.StatusCode)
		assert.NotContains(t, text, "llamada")
		assert.Empty(t, again.Header.Get("Location"))
		c.hidden.Store(false)
		again, _ = c.post(t, "/cuentas/17/abonos", `{}`, "k")
		assert.Equal(t, 201, again.StatusCode, "the answer is still kept")
	})
	t.Run("who may not call learns nothing", func(t *testing.T) {
		t.Parallel()
		c := newCounter(t)
		c.post(t, "/cuentas", `{}`, "k")
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/cuentas", strings.NewReader(`{}`))
		request.Header.Set("Idempotency-Key", "k")
		request.Header.Set("Authorization", "Bearer leer")
		response, err := c.App().Test(request, -1)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		assert.Equal(t, 403, response.StatusCode)
	})
}
