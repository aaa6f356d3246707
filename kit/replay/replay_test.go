package replay_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/replay"
	"github.com/tienda-go/tienda/kit/rest"
)

// store is a Store with the answers that a test sets. It records its calls.
type store struct {
	begun    []idempotency.Request
	stored   *idempotency.Answer // Begin: the answer of the first try
	refuses  error               // Begin
	kept     []idempotency.Answer
	earlier  *idempotency.Answer // Keep, First: another try was first
	fails    error               // Keep
	working  error               // First: another try was first, and has not answered
	released int
}

func (s *store) Begin(_ context.Context, r idempotency.Request) (idempotency.Key, *idempotency.Answer, error) {
	s.begun = append(s.begun, r)
	return idempotency.Of(r.Try()), s.stored, s.refuses
}

func (s *store) Keep(_ context.Context, _ idempotency.Key, a idempotency.Answer) (*idempotency.Answer, error) {
	s.kept = append(s.kept, a)
	return s.earlier, s.fails
}

func (s *store) First(context.Context, idempotency.Key) (*idempotency.Answer, error) {
	return s.earlier, s.working
}

func (s *store) Release(context.Context, idempotency.Key) error { s.released++; return nil }

// shop is a server whose operation POST /cosas/{id} takes a key, and ends as the test sets.
type shop struct {
	store
	app      *fiber.App
	err      error // of the operation
	hidden   error // of its Check
	calls    int
	given    bool // the operation got a key
	repeated int
}

func newShop() *shop {
	s := &shop{app: fiber.New()}
	refusal.Install()
	config := huma.DefaultConfig("Prueba", "1")
	config.CreateHooks = nil // they write to bodies
	api := humafiber.New(s.app, config)
	keys := &replay.Replayer{API: api, Keys: &s.store, Log: slog.New(slog.DiscardHandler),
		Repeated: func(*fiber.Ctx) { s.repeated++ }}
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		next(huma.WithContext(ctx, authn.WithCaller(ctx.Context(), authn.Caller{Subject: "7"})))
	}, keys.Answer)
	type output struct {
		Location string `header:"Location"`
	}
	huma.Register(api, huma.Operation{OperationID: "hacer", Method: http.MethodPost, Path: "/cosas/{id}",
		Metadata: rest.Visible(func(context.Context, huma.Context) error { return s.hidden })},
		func(_ context.Context, in *struct {
			rest.IdempotencyKey
			ID string `path:"id"`
		}) (*output, error) {
			s.calls++
			s.given = in.Key().Given()
			return &output{Location: "/cosas/1"}, s.err
		})
	huma.Register(api, huma.Operation{OperationID: "borrar", Method: http.MethodDelete, Path: "/cosas/{id}"},
		func(context.Context, *struct {
			ID string `path:"id"`
		}) (*struct{}, error) {
			s.calls++
			return nil, nil
		})
	return s
}

func (s *shop) send(t *testing.T, method, path string, keys ...string) (*http.Response, string) {
	t.Helper()
	request := httptest.NewRequest(method, path, http.NoBody)
	for _, key := range keys {
		request.Header.Add(rest.KeyHeader, key)
	}
	response, err := s.app.Test(request, -1)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

func TestAnswer_without_a_key(t *testing.T) {
	t.Parallel()
	s := newShop()
	r, _ := s.send(t, http.MethodPost, "/cosas/1")
	assert.Equal(t, http.StatusNoContent, r.StatusCode)
	assert.False(t, s.given)
	assert.Empty(t, s.begun)
	assert.Empty(t, s.kept)
}

func TestAnswer_keeps_what_a_retry_must_get(t *testing.T) {
	t.Parallel()
	for status, err := range map[int]error{
		http.StatusNoContent: nil, http.StatusNotFound: fault.ErrNotFound.New("No."), http.StatusConflict: fault.ErrConflict.New("No."),
	} {
		s := newShop()
		s.err = err
		r, body := s.send(t, http.MethodPost, "/cosas/1", "k")
		require.Equal(t, status, r.StatusCode)
		assert.True(t, s.given)
		require.Len(t, s.kept, 1, status)
		assert.Equal(t, status, s.kept[0].Status)
		assert.Equal(t, body, string(s.kept[0].Body))
		if body == "" {
			assert.Equal(t, "/cosas/1", s.kept[0].Header["Location"])
		} else {
			assert.Equal(t, "application/problem+json", s.kept[0].Header["Content-Type"])
		}
		assert.Zero(t, s.released)
		assert.Empty(t, r.Header.Get("Idempotency-Replayed"))
	}
	for status, err := range map[int]error{
		http.StatusForbidden: fault.ErrForbidden.New("No."), http.StatusUnprocessableEntity: fault.ErrInvalid.New("No."),
		http.StatusTooManyRequests: fault.ErrRateLimited.New("No."), http.StatusInternalServerError: fault.ErrInternal.New("No."),
		http.StatusServiceUnavailable: fault.ErrUnavailable.New("No."), http.StatusPreconditionFailed: fault.ErrPrecondition.New("No."),
	} {
		s := newShop()
		s.err = err
		r, _ := s.send(t, http.MethodPost, "/cosas/1", "k")
		require.Equal(t, status, r.StatusCode)
		assert.Empty(t, s.kept, status)
		assert.Equal(t, 1, s.released, "the retry may do the work at once")
	}
}

func TestAnswer_repeats_the_first_answer(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.stored = &idempotency.Answer{Status: http.StatusCreated, Header: map[string]string{"Location": "/cosas/9"}, Body: []byte("{}")}
	r, body := s.send(t, http.MethodPost, "/cosas/1", "k")
	assert.Equal(t, http.StatusCreated, r.StatusCode)
	assert.Equal(t, "{}", body)
	assert.Equal(t, "/cosas/9", r.Header.Get("Location"))
	assert.Equal(t, "true", r.Header.Get("Idempotency-Replayed"))
	assert.Zero(t, s.calls, "the operation does not run again")
	assert.Equal(t, 1, s.repeated)

	// The caller has lost the right to see what the answer shows.
	s.hidden = fault.ErrNotFound.New("No está.")
	r, body = s.send(t, http.MethodPost, "/cosas/1", "k")
	assert.Equal(t, http.StatusNotFound, r.StatusCode)
	assert.NotEqual(t, "{}", body)
	assert.Equal(t, 1, s.repeated)
	s.stored = &idempotency.Answer{Status: http.StatusNotFound, Body: []byte("404")}
	_, body = s.send(t, http.MethodPost, "/cosas/1", "k")
	assert.Equal(t, "404", body, "a stored 404 shows nothing")

	s.stored, s.hidden, s.refuses = nil, nil, idempotency.Reused()
	r, body = s.send(t, http.MethodPost, "/cosas/1", "k")
	assert.Equal(t, http.StatusUnprocessableEntity, r.StatusCode)
	assert.Contains(t, body, "CLAVE_REUTILIZADA")
	assert.Zero(t, s.calls)
}

// Another try of the same request was first: its answer counts.
func TestAnswer_of_two_tries_at_once(t *testing.T) {
	t.Parallel()
	first := &idempotency.Answer{Status: http.StatusAccepted, Header: map[string]string{}, Body: []byte("first")}
	s := newShop()
	s.earlier = first
	r, body := s.send(t, http.MethodPost, "/cosas/1", "k")
	assert.Equal(t, http.StatusAccepted, r.StatusCode)
	assert.Equal(t, "first", body)
	assert.Empty(t, r.Header.Get("Location"), "it was of the answer that is not sent")
	assert.Equal(t, "true", r.Header.Get("Idempotency-Replayed"))

	s.err, s.kept = idempotency.InFlight(0), nil
	r, body = s.send(t, http.MethodPost, "/cosas/1", "k")
	assert.Empty(t, s.kept, "the refusal of this try is not the request's answer")
	assert.Equal(t, http.StatusAccepted, r.StatusCode)
	assert.Equal(t, "first", body)
	assert.Empty(t, r.Header.Get("Retry-After"), "it was of the refusal")

	s.earlier = nil
	r, _ = s.send(t, http.MethodPost, "/cosas/1", "k")
	assert.Equal(t, http.StatusConflict, r.StatusCode, "the other try is still at work")
}

// What another try of the same request has changed is no reason to refuse this one.
func TestAnswer_refused_for_the_effect_of_another_try(t *testing.T) {
	t.Parallel()
	for kind, status := range map[*fault.Kind]int{
		fault.ErrPrecondition: http.StatusPreconditionFailed, fault.ErrRateLimited: http.StatusTooManyRequests,
		fault.ErrInvalid: http.StatusUnprocessableEntity,
	} {
		s := newShop()
		s.err = kind.New("")
		r, _ := s.send(t, http.MethodPost, "/cosas/1", "k")
		assert.Equal(t, status, r.StatusCode, "no other try: the refusal is true")

		s.working = idempotency.InFlight(0)
		r, body := s.send(t, http.MethodPost, "/cosas/1", "k")
		assert.Equal(t, http.StatusConflict, r.StatusCode, status)
		assert.Contains(t, body, "CLAVE_EN_CURSO")

		s.working, s.earlier = nil, &idempotency.Answer{Status: http.StatusAccepted, Body: []byte("first")}
		r, body = s.send(t, http.MethodPost, "/cosas/1", "k")
		assert.Equal(t, http.StatusAccepted, r.StatusCode, status)
		assert.Equal(t, "first", body)
		assert.Equal(t, "true", r.Header.Get("Idempotency-Replayed"))
		assert.Empty(t, r.Header.Get("Retry-After"))
	}
}

// A client must not get an answer that its retry would not get.
func TestAnswer_that_cannot_be_kept(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.fails = fault.ErrUnavailable.New("La base de datos no responde.")
	r, _ := s.send(t, http.MethodPost, "/cosas/1", "k")
	assert.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
	assert.Empty(t, r.Header.Get("Location"))
}

func TestAnswer_refuses_keys(t *testing.T) {
	t.Parallel()
	s := newShop()
	for _, keys := range [][]string{{"a", "b"}, {"a", "a"}, {""}, {strings.Repeat("k", 256)}, {"ñ"}, {"a\tb"}} {
		r, body := s.send(t, http.MethodPost, "/cosas/1", keys...)
		assert.Equal(t, http.StatusUnprocessableEntity, r.StatusCode, "%q", keys)
		assert.Contains(t, body, "FORMATO")
	}
	r, body := s.send(t, http.MethodDelete, "/cosas/1", "k")
	assert.Equal(t, http.StatusUnprocessableEntity, r.StatusCode, "the operation does not declare the header")
	assert.Contains(t, body, "DESCONOCIDO")
	assert.Empty(t, s.begun)
	assert.Zero(t, s.calls)
	r, _ = s.send(t, http.MethodPost, "/cosas/1", strings.Repeat("k", 255))
	assert.Equal(t, http.StatusNoContent, r.StatusCode)
}

// A key belongs to its caller, method and path, and the path has one spelling.
func TestAnswer_scope_of_a_key(t *testing.T) {
	t.Parallel()
	s := newShop()
	for path, want := range map[string]string{
		"/cosas/7": "/cosas/7", "/cosas/007": "/cosas/7", "/cosas/%37": "/cosas/7", "/cosas/7/": "/cosas/7",
		"/cosas/a%20b": "/cosas/a%20b", "/cosas/a%2Fb": "/cosas/a%2Fb", "/cosas/%61": "/cosas/a",
	} {
		s.begun = nil
		s.send(t, http.MethodPost, path, "k")
		require.Len(t, s.begun, 1, path)
		assert.Equal(t, "7", s.begun[0].Caller)
		assert.Equal(t, http.MethodPost, s.begun[0].Method)
		assert.Equal(t, want, s.begun[0].Path, path)
		assert.Equal(t, "k", s.begun[0].Key)
	}
}
