package httpserver_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/rest"
)

// tokens is an Authenticator for which a token is its scopes, joined by "+".
type tokens struct{}

func (tokens) Verify(_ context.Context, token string) (authn.Caller, error) {
	switch token {
	case "bad":
		return authn.Caller{}, fault.ErrUnauthenticated.New("El token no es válido.")
	case "service":
		return authn.Caller{Subject: authn.ServicePrefix + "pedidos", Audience: "prueba"}, nil
	case "unknowable":
		return authn.Caller{}, fault.ErrUnavailable.New("Aún no hay claves.").After(1500 * time.Millisecond)
	}
	return authn.Caller{Subject: "7", Audience: authn.UserAudience, Scopes: strings.Split(token, "+")}, nil
}

type thing struct {
	Nombre string       `json:"nombre" minLength:"2" maxLength:"10"`
	Precio money.Amount `json:"precio"`
	Clave  string       `json:"clave,omitempty"`
	Cuenta int64        `json:"cuenta,omitempty" minimum:"1" maximum:"1000000"`
	Color  string       `json:"color,omitempty" enum:"ROJO,AZUL"`
}

// shown is a thing in an answer, whose schema allows unknown members; that of a request does not.
type shown thing

type patch struct {
	Nombre rest.Optional[string]  `json:"nombre,omitempty"`
	Sku    rest.Removable[string] `json:"sku,omitempty"`
}

type listInput struct {
	rest.Page
	Color string `query:"color"`
}

type listOutput struct {
	Link string `header:"Link"`
	Body []int64
}

// shop is a server with one operation of each kind, and its log.
type shop struct {
	*httpserver.Server
	log   *bytes.Buffer
	mu    sync.Mutex
	calls atomic.Int64
	kept  []string // strings of requests, as a service may keep them
	slow  chan slow
}

// slow is what the slow handler got: its deadline, and the time until then.
type slow struct {
	deadline time.Time
	left     time.Duration
}

func (s *shop) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func (s *shop) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{log: &bytes.Buffer{}, slow: make(chan slow, 1)}
	s.Server = httpserver.New(httpserver.Options{
		Service: "prueba", Title: "Prueba", Version: "1.0.0", Auth: tokens{}, Log: logging.New(s, "prueba", slog.LevelDebug, nil),
		Timeout: time.Second,
		Ready:   []httpserver.Check{{Name: "nada", Run: func(context.Context) error { return nil }}},
	})
	op := func(method, path string, security []map[string][]string, status int) huma.Operation {
		return huma.Operation{
			OperationID: strings.ToLower(method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path),
			Method:      method, Path: path, Security: security, DefaultStatus: status,
		}
	}
	type input struct{ Body thing }
	type echo struct{ Body shown }
	huma.Register(s.API(), op("POST", "/cosas", rest.Scopes("cosas:escribir"), 201),
		func(_ context.Context, in *input) (*echo, error) {
			s.calls.Add(1)
			return &echo{shown(in.Body)}, nil
		})
	type patched struct {
		ID   int64 `path:"id"`
		Body patch
	}
	edit := op("PATCH", "/cosas/{id}", rest.Scopes("cosas:escribir"), 200)
	edit.Metadata = rest.Allowed(func(_ context.Context, id int64, request huma.Context) error {
		if id != 1 {
			return fault.ErrNotFound.New("No existe.")
		}
		if raw, err := io.ReadAll(request.BodyReader()); err != nil || bytes.Contains(raw, []byte("reservado")) {
			return fault.ErrForbidden.New("No puede.")
		}
		return nil
	})
	type patchOutput struct{ Body map[string]any }
	huma.Register(s.API(), edit, func(_ context.Context, in *patched) (*patchOutput, error) {
		return &patchOutput{Body: map[string]any{"nombre": in.Body.Nombre, "sku": in.Body.Sku}}, nil
	})
	type fails struct {
		Como string `path:"como"`
	}
	huma.Register(s.API(), op("GET", "/fallos/{como}", rest.Public, 200), func(ctx context.Context, in *fails) (*echo, error) {
		switch in.Como {
		case "panico":
			panic("boom secret")
		case "interno":
			return nil, errors.New("pq: password authentication failed for user secret")
		case "conflicto":
			return nil, fmt.Errorf("op: %w", fault.ErrConflict.New("Ya no quedan.").With("disponible", 3).With("status", 200))
		case "ocupado":
			return nil, fault.ErrUnavailable.New("Vuelva luego.").After(1200 * time.Millisecond)
		case "lento":
			deadline, _ := ctx.Deadline()
			s.slow <- slow{deadline, time.Until(deadline)}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return &echo{}, nil
	})
	huma.Register(s.API(), op("GET", "/lista", rest.Public, 200), func(_ context.Context, in *listInput) (*listOutput, error) {
		s.mu.Lock()
		s.kept = append(s.kept, in.Color)
		s.mu.Unlock()
		var rows []int64
		for n := in.After() + 1; n <= 5 && len(rows) <= in.Limite; n++ {
			rows = append(rows, n)
		}
		page, link := rest.PageOf(&in.Page, rows, func(n int64) int64 { return n })
		return &listOutput{Link: link, Body: page}, nil
	})
	type form struct {
		Body struct {
			GrantType string `json:"grant_type" minLength:"1"`
		} `contentType:"application/x-www-form-urlencoded"`
	}
	type formOutput struct{ Body map[string]string }
	huma.Register(s.API(), op("POST", "/token", rest.NoToken, 200), func(_ context.Context, in *form) (*formOutput, error) {
		return &formOutput{Body: map[string]string{"got": in.Body.GrantType}}, nil
	})
	huma.Register(s.API(), op("GET", "/olvidada", nil, 200), func(context.Context, *struct{}) (*echo, error) { return &echo{}, nil })
	return s
}

type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (s *shop) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.App().Test(r, -1)
	require.NoError(t, err)
	return read(t, resp)
}

func read(t *testing.T, resp *http.Response) answer {
	t.Helper()
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if strings.Contains(resp.Header.Get("Content-Type"), "json") && len(raw) > 0 && raw[0] == '{' {
		require.NoError(t, json.Unmarshal(raw, &a.body), a.raw)
	}
	return a
}

// problem checks that a is a problem document of this status and code, complete and without secrets.
func (a answer) problem(t *testing.T, status int, codigo string) {
	t.Helper()
	require.Equal(t, status, a.status, a.raw)
	assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	assert.Equal(t, codigo, a.body["codigo"])
	assert.EqualValues(t, status, a.body["status"])
	assert.Equal(t, "/problemas/"+strings.ReplaceAll(strings.ToLower(codigo), "_", "-"), a.body["type"])
	for _, member := range []string{"title", "detail", "request_id"} {
		assert.NotEmpty(t, a.body[member], "%s in %s", member, a.raw)
	}
	assert.NotContains(t, a.raw, "secret")
}

func (a answer) field(t *testing.T, campo, codigo string) {
	t.Helper()
	fields, _ := a.body["errores"].([]any)
	for _, f := range fields {
		field := f.(map[string]any)
		if field["campo"] == campo && field["codigo"] == codigo {
			assert.NotEmpty(t, field["mensaje"])
			return
		}
	}
	assert.Failf(t, "no such field error", "%s %s in %s", campo, codigo, a.raw)
}

const write = "Bearer cosas:escribir"

func TestSecurity_comes_from_the_operation(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	body := `{"nombre":"aa","precio":1}`
	s.call(t, "POST", "/cosas", body).problem(t, 401, "NO_AUTENTICADO")
	for _, header := range []string{"bad", "Bearer", "Bearer ", "Basic YTpi", "Bearer bad"} {
		a := s.call(t, "POST", "/cosas", body, "Authorization", header)
		a.problem(t, 401, "NO_AUTENTICADO")
		assert.Contains(t, a.header.Get("WWW-Authenticate"), "Bearer")
	}
	s.call(t, "POST", "/cosas", body, "Authorization", write, "Authorization", write).problem(t, 401, "NO_AUTENTICADO")
	s.call(t, "POST", "/cosas", body, "Authorization", "Bearer otro").problem(t, 403, "PROHIBIDO")
	s.call(t, "POST", "/cosas", `{`, "Authorization", "Bearer otro").problem(t, 403, "PROHIBIDO")
	a := s.call(t, "POST", "/cosas", body, "Authorization", "Bearer unknowable")
	a.problem(t, 503, "SERVICIO_NO_DISPONIBLE")
	assert.Equal(t, "2", a.header.Get("Retry-After"))
	assert.Zero(t, s.calls.Load())
	assert.Equal(t, 201, s.call(t, "POST", "/cosas", body, "Authorization", write).status)

	assert.Equal(t, 200, s.call(t, "GET", "/lista", "").status)
	s.call(t, "GET", "/lista", "", "Authorization", "Bearer bad").problem(t, 401, "NO_AUTENTICADO")
	assert.Equal(t, 200, s.call(t, "GET", "/health/live", "", "Authorization", "Bearer bad").status)
	s.call(t, "GET", "/olvidada", "", "Authorization", write).problem(t, 403, "PROHIBIDO")
}

func TestProblems_of_HTTP_itself(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.call(t, "GET", "/nada", "").problem(t, 404, "NO_ENCONTRADO")
	for _, path := range []string{"/docs/nada", "/docs/../../etc/passwd", "/docs/..%2fserver.go"} {
		a := s.call(t, "GET", path, "")
		if a.status != 200 {
			a.problem(t, 404, "NO_ENCONTRADO")
		}
		assert.Len(t, a.header.Values("X-Content-Type-Options"), 1, path)
	}
	a := s.call(t, "DELETE", "/cosas", "")
	a.problem(t, 405, "METODO_NO_PERMITIDO")
	assert.Equal(t, "POST", a.header.Get("Allow"))
	a = s.call(t, "FOO", "/cosas", "")
	a.problem(t, 405, "METODO_NO_PERMITIDO")
	assert.Equal(t, "POST", a.header.Get("Allow"))
	s.call(t, "FOO", "/nada", "").problem(t, 404, "NO_ENCONTRADO")
	s.call(t, "POST", "/cosas", "x", "Authorization", write, "Content-Type", "text/plain").problem(t, 415, "TIPO_NO_ADMITIDO")
	s.call(t, "POST", "/cosas", "a=b", "Authorization", write, "Content-Type", "application/x-www-form-urlencoded").
		problem(t, 415, "TIPO_NO_ADMITIDO")
	s.call(t, "POST", "/cosas", "{}", "Authorization", write, "Content-Encoding", "gzip").problem(t, 415, "TIPO_NO_ADMITIDO")
	s.call(t, "POST", "/cosas", "{}", "Authorization", write, "Content-Type", "application/json; charset=latin1").
		problem(t, 415, "TIPO_NO_ADMITIDO")
	s.call(t, "POST", "/cosas", "", "Authorization", write).problem(t, 400, "PETICION_ILEGIBLE")
}

func TestErrors_of_handlers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.call(t, "GET", "/fallos/interno", "").problem(t, 500, "ERROR_INTERNO")
	s.call(t, "GET", "/fallos/panico", "").problem(t, 500, "ERROR_INTERNO")
	assert.Contains(t, s.logged(), "panic: boom")
	a := s.call(t, "GET", "/fallos/conflicto", "")
	a.problem(t, 409, "CONFLICTO")
	assert.EqualValues(t, 3, a.body["disponible"])
	assert.EqualValues(t, 409, a.body["status"], "an extra member never replaces a standard one")
	a = s.call(t, "GET", "/fallos/ocupado", "")
	a.problem(t, 503, "SERVICIO_NO_DISPONIBLE")
	assert.Equal(t, "2", a.header.Get("Retry-After"))
	for token, counts := range map[string]bool{"": false, "Bearer cosas:escribir": false, "Bearer service": true} {
		headers := []string{"X-Timeout-Ms", "20"}
		if token != "" {
			headers = append(headers, "Authorization", token)
		}
		begin := time.Now()
		a = s.call(t, "GET", "/fallos/lento", "", headers...)
		given := <-s.slow
		a.problem(t, 503, "PLAZO_AGOTADO")
		assert.Equal(t, "1", a.header.Get("Retry-After"))
		if counts {
			assert.LessOrEqual(t, given.left, 20*time.Millisecond, "a deadline that a service sends counts")
		} else {
			assert.GreaterOrEqual(t, given.deadline.Sub(begin), 900*time.Millisecond, "a deadline of %q is not", token)
		}
	}
}

func TestValidation_says_every_field_and_echoes_nothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	post := func(body string) answer { return s.call(t, "POST", "/cosas", body, "Authorization", write) }
	a := post(`{"nombre":"x","precio":-1,"clave":7,"otra":"secret","cuenta":2000000,"color":"secret"}`)
	a.problem(t, 422, "VALIDACION")
	a.field(t, "nombre", "LONGITUD")
	a.field(t, "precio", "FUERA_DE_RANGO")
	a.field(t, "clave", "TIPO")
	a.field(t, "otra", "DESCONOCIDO")
	a.field(t, "cuenta", "FUERA_DE_RANGO")
	assert.Contains(t, a.raw, "1000000")
	a.field(t, "color", "VALOR")
	post(`{}`).field(t, "nombre", "OBLIGATORIO")
	post(`{"NOMBRE":"aa","nombre":"aa","precio":1}`).field(t, "NOMBRE", "DESCONOCIDO")
	post(`{"nombre":"aa","precio":1,"cuenta":1.5}`).field(t, "cuenta", "TIPO")
	post(`{"nombre":"aa","precio":1,"cuenta":null}`).field(t, "cuenta", "TIPO") // it may be absent, and the document has no null
	a = post(`{"nombre":"aa","precio":-1,"cuenta":null}`)
	a.field(t, "cuenta", "TIPO")
	a.field(t, "precio", "FUERA_DE_RANGO")
	post(`[]`).field(t, "cuerpo", "TIPO")
	post(`null`).problem(t, 422, "VALIDACION")
	s.call(t, "GET", "/lista?limite=0", "").field(t, "limite", "FUERA_DE_RANGO")
	s.call(t, "GET", "/lista?limite=x", "").field(t, "limite", "TIPO")
	s.call(t, "GET", "/lista?otro=1", "").field(t, "otro", "DESCONOCIDO")
	s.call(t, "GET", "/lista?limite=1&limite=2", "").field(t, "limite", "DUPLICADO")
	s.call(t, "GET", "/lista?=1&=2", "").field(t, "consulta", "DUPLICADO")
	s.call(t, "GET", "/lista?=1", "").field(t, "consulta", "DESCONOCIDO")
	s.call(t, "GET", "/lista?color=", "").field(t, "color", "OBLIGATORIO")
	s.call(t, "GET", "/lista?otro", "").field(t, "otro", "DESCONOCIDO")
	s.call(t, "GET", "/lista?cursor=zz", "").field(t, "cursor", "FORMATO")
	assert.Zero(t, s.calls.Load())
}

func TestAmounts_are_exact(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for sent, want := range map[string]string{"19.99": "19.99", "0.1": "0.10", "1e2": "100.00",
		"9999999999999.99": "9999999999999.99"} {
		a := s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":`+sent+`}`, "Authorization", write)
		require.Equal(t, 201, a.status, a.raw)
		assert.Contains(t, a.raw, `"precio":`+want)
	}
	s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":19.999}`, "Authorization", write).field(t, "precio", "FORMATO")
	s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":10000000000000}`, "Authorization", write).
		field(t, "precio", "FUERA_DE_RANGO")
	a := s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":1e999}`, "Authorization", write)
	assert.Contains(t, []int{400, 422}, a.status, a.raw)
}

func TestBodies_that_encoding_json_would_accept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, body := range map[string]string{
		"duplicate":         `{"nombre":"aa","nombre":"bb","precio":1}`,
		"escaped duplicate": `{"nombre":"aa","\u006eombre":"bb","precio":1}`,
		"nested duplicate":  `{"nombre":"aa","precio":1,"x":[{"a":1,"a":2}]}`,
		"NUL as it is":      "{\"nombre\":\"a\x00b\",\"precio\":1}",
		"bad UTF-8":         "{\"nombre\":\"a\xff\",\"precio\":1}",
		"lone surrogate":    `{"nombre":"a\ud800","precio":1}`,
		"surrogate beside":  `{"nombre":"\ufffd \ud800","precio":1}`,
		"low surrogate":     `{"nombre":"\ufffd \uDC00\ud800","precio":1}`,
		"surrogate, then":   `{"nombre":"\ufffd \ud800a\udc00","precio":1}`,
		"depth":             strings.Repeat(`[`, 40) + strings.Repeat(`]`, 40),
		"deep and open":     strings.Repeat(`{"a":`, 10000),
		"trailing":          `{"nombre":"aa","precio":1} {}`,
		"garbage":           `{"nombre":`,
		"comment":           `{/**/}`,
	} {
		s.call(t, "POST", "/cosas", body, "Authorization", write).problem(t, 400, "PETICION_ILEGIBLE")
		assert.Zero(t, s.calls.Load(), name)
	}
	assert.Equal(t, 201, s.call(t, "POST", "/cosas", `{"nombre":"\ufffdé😀\uD83D\ude00\\ud800","precio":1}`, "Authorization", write).
		status)
	for _, path := range []string{"/lista?color=%ff", "/lista?color=%zz", "/fallos/%00"} {
		a := s.call(t, "GET", path, "")
		a.problem(t, 400, "PETICION_ILEGIBLE")
		assert.NotContains(t, a.raw, "%%")
	}
}

func TestMergePatch(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	send := func(path, body string, headers ...string) answer {
		return s.call(t, "PATCH", path, body, append([]string{"Authorization", write}, headers...)...)
	}
	a := send("/cosas/1", `{"sku":null}`, "Content-Type", "application/merge-patch+json")
	require.Equal(t, 200, a.status, a.raw)
	assert.Equal(t, map[string]any{"Set": true, "Null": true, "Value": ""}, a.body["sku"])
	assert.Equal(t, false, a.body["nombre"].(map[string]any)["Set"])
	assert.Equal(t, "x", send("/cosas/1", `{"sku":"x"}`).body["sku"].(map[string]any)["Value"])
	send("/cosas/1", `{"nombre":null}`).field(t, "nombre", "TIPO")
	send("/cosas/2", `{"nombre":null}`).problem(t, 404, "NO_ENCONTRADO")
	send("/cosas/1", `{"nombre":null,"sku":"reservado"}`).problem(t, 403, "PROHIBIDO")
	assert.Equal(t, 200, send("/cosas/2", `{}`).status, "a valid request pays for no extra look")
}

// What hides a subject gets its id as the handler gets it, also when the body of the request cannot be received.
func TestFound(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	for id, want := range map[string]struct{ wrong, cut int }{
		"1": {422, 400}, "1.0": {422, 400}, "10e-1": {422, 400},
		"2": {404, 404}, "2.0": {404, 404}, "2e0": {404, 404}, "02": {404, 404},
		"0": {422, 400}, "-2": {422, 400}, "+2": {422, 400}, "2.5": {422, 400}, "x": {422, 400}, "1e99": {422, 400},
	} {
		wrong := s.call(t, "PATCH", "/cosas/"+id, `{"nombre":null}`, "Authorization", write)
		assert.Equal(t, want.wrong, wrong.status, "%s: %s", id, wrong.raw)
		cut, body := raw(t, addr, "PATCH /cosas/"+id+" HTTP/1.1\r\nHost: a\r\nAuthorization: "+write+
			"\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")
		assert.Equal(t, []int{want.cut}, cut, "%s: %s", id, body)
	}
}

func TestForms_only_where_declared(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a := s.call(t, "POST", "/token", "grant_type=x%20y", "Content-Type", "application/x-www-form-urlencoded", "Authorization",
		"Basic YTpi")
	require.Equal(t, 200, a.status, a.raw)
	assert.Equal(t, "x y", a.body["got"])
	s.call(t, "POST", "/token", "grant_type=x&otro=1", "Content-Type", "application/x-www-form-urlencoded").
		field(t, "otro", "DESCONOCIDO")
	s.call(t, "POST", "/token", "grant_type=x&grant_type=y", "Content-Type", "application/x-www-form-urlencoded").
		field(t, "grant_type", "DUPLICADO")
	s.call(t, "POST", "/token", "grant_type=x%00", "Content-Type", "application/x-www-form-urlencoded").
		field(t, "grant_type", "FORMATO")
	s.call(t, "POST", "/token", "grant_type=%ff", "Content-Type", "application/x-www-form-urlencoded").
		problem(t, 400, "PETICION_ILEGIBLE")
	s.call(t, "POST", "/token", "grant_type=", "Content-Type", "application/x-www-form-urlencoded").
		field(t, "grant_type", "OBLIGATORIO")
	a = s.call(t, "POST", "/token", `{"grant_type":"x"}`)
	a.problem(t, 415, "TIPO_NO_ADMITIDO")
	assert.Contains(t, a.raw, "Content-Type: application/x-www-form-urlencoded.", "what this operation takes")
	a = s.call(t, "PATCH", "/cosas/1", `{}`, "Authorization", write, "Content-Type", "text/plain")
	a.problem(t, 415, "TIPO_NO_ADMITIDO")
	assert.Contains(t, a.raw, "Content-Type: application/json.", "the first that it takes")
}

// A NUL is readable JSON, but no database of this shop stores it in a text.
func TestNUL_is_refused_by_its_field(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for body, campo := range map[string]string{
		`{"nombre":"a\u0000b","precio":1}`: "nombre", `{"a\u0000":1}`: "a", `{"nombre":"aa","precio":1,"x":[{"y":"\u0000"}]}`: "x[0].y",
	} {
		s.call(t, "POST", "/cosas", body, "Authorization", write).field(t, campo, "FORMATO")
		assert.Zero(t, s.calls.Load(), body)
	}
	s.call(t, "GET", "/lista?color=a%00", "").field(t, "color", "FORMATO")
	s.call(t, "GET", "/lista?colo%00=a", "").field(t, "colo", "DESCONOCIDO")
	assert.Equal(t, 201, s.call(t, "POST", "/cosas", `{"nombre":"\\u0000","precio":1}`, "Authorization", write).status, "no NUL")
}

// Some clients send no Content-Type with JSON.
func TestBodies_without_a_type_are_JSON(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, kind := range []string{"", " "} {
		assert.Equal(t, 201, s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":1}`, "Authorization", write, "Content-Type", kind).
			status, "%q", kind)
	}
	s.call(t, "POST", "/cosas", "nombre=aa", "Authorization", write, "Content-Type", "application/x-www-form-urlencoded").
		problem(t, 415, "TIPO_NO_ADMITIDO")
}

// TestBodies_only_where_declared: some clients send {} with every POST, or a body with GET; such a body has no meaning (RFC 9110,
// section 9.3.1).
func TestBodies_only_where_declared(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, body := range []string{`{}`, `{"color":1}`, `{`, "\x00"} {
		assert.Equal(t, 200, s.call(t, "GET", "/lista", body).status, "%q", body)
	}
}

func TestPages_walk_to_the_end(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	path, seen := "/lista?color=a%26b&limite=2", ""
	for path != "" {
		a := s.call(t, "GET", path, "")
		require.Equal(t, 200, a.status, a.raw)
		seen += strings.TrimSpace(a.raw)
		link := a.header.Get("Link")
		path = ""
		if link != "" {
			next := link[strings.Index(link, "<")+1 : strings.Index(link, ">")]
			assert.True(t, strings.HasPrefix(next, "?"), "relative, so that it works behind a path prefix: %s", next)
			path = "/lista" + next
			assert.Contains(t, path, "color=a%26b")
			assert.True(t, strings.HasSuffix(link, `; rel="next"`))
		}
	}
	assert.Equal(t, "[1,2][3,4][5]", seen)
}

func TestRequestIDs_and_log_lines(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	trace := "4bf92f3577b34da6a3ce929d0e0e4736"
	a := s.call(t, "GET", "/lista", "", "X-Request-Id", "abc-1", "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	assert.Equal(t, "abc-1", a.header.Get("X-Request-Id"))
	a = s.call(t, "GET", "/lista", "", "X-Request-Id", "a b\tc")
	assert.Regexp(t, `^[0-9a-f-]{32,36}$`, a.header.Get("X-Request-Id"), "what is no id is replaced")

	lines := strings.Split(strings.TrimSpace(s.logged()), "\n")
	require.Len(t, lines, 2, "one line a request")
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &line))
	assert.Equal(t, "abc-1", line["request_id"])
	assert.Equal(t, trace, line["trace_id"])
	assert.Equal(t, "/lista", line["route"])
	assert.EqualValues(t, 200, line["status"])
}

func TestHealth_metrics_and_documents(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	assert.Equal(t, 200, s.call(t, "GET", "/health/live", "").status)
	assert.Equal(t, 200, s.call(t, "GET", "/health/ready", "").status)
	assert.Contains(t, s.call(t, "GET", "/metrics", "").raw, `http_requests_total{method="GET",route="/health/live",status="200"} 1`)
	assert.Contains(t, s.call(t, "GET", "/metrics", "").raw, "\nservice_ready 1\n")
	doc := s.call(t, "GET", "/openapi.json", "")
	assert.Equal(t, "3.1.0", doc.body["openapi"])
	assert.NotContains(t, doc.raw, "$schema")
	assert.Contains(t, s.call(t, "GET", "/openapi.yaml", "").raw, "openapi: 3.1.0")
	page := s.call(t, "GET", "/docs", "")
	assert.Equal(t, 200, page.status)
	assert.NotRegexp(t, `(src|href)="https?://`, page.raw)

	down := httpserver.New(httpserver.Options{Ready: []httpserver.Check{{Name: "base de datos", Run: func(context.Context) error {
		return errors.New("dial tcp: secret")
	}}}})
	resp, err := down.App().Test(httptest.NewRequest("GET", "/health/ready", nil), -1)
	require.NoError(t, err)
	read(t, resp).problem(t, 503, "SERVICIO_NO_DISPONIBLE")
	resp, err = down.App().Test(httptest.NewRequest("GET", "/metrics", nil), -1)
	require.NoError(t, err)
	assert.Contains(t, read(t, resp).raw, "\nservice_ready 0\n")
}

// start serves on a free port; raw sends these bytes and returns the whole answer.
func start(t *testing.T, s *shop) (addr string, stop context.CancelFunc, done chan error) {
	t.Helper()
	addr = freeAddress(t)
	ctx, cancel := context.WithCancel(t.Context())
	done = make(chan error, 1)
	go func() { done <- s.Run(ctx, addr) }()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 30*time.Second, 5*time.Millisecond)
	t.Cleanup(cancel)
	return addr, cancel, done
}

func raw(t *testing.T, addr, request string) (answers []int, rest string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(c, request)
	require.NoError(t, err)
	r := bufio.NewReader(c)
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return answers, rest
		}
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		answers, rest = append(answers, resp.StatusCode), rest+string(body)
	}
}

// TestWire_connection_options: Connection is a list without case (RFC 9110, section 7.6.1).
func TestWire_connection_options(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	last := "GET /lista HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	for header, want := range map[string]int{
		"Connection: close": 1, "Connection: Close": 1, "connection: CLOSE": 1, "Connection: close, x": 1,
		"Connection: keep-alive, close": 1, "Connection: x\r\nConnection: close": 1, "Connection:\tclose ": 1,
		"Connection: keep-alive": 2, "Connection: closed": 2, "X: close": 2,
	} {
		answers, _ := raw(t, addr, "GET /lista HTTP/1.1\r\nHost: a\r\n"+header+"\r\n\r\n"+last)
		assert.Len(t, answers, want, header)
	}
}

func TestWire_what_fasthttp_lets_through(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	smuggled := "GET /lista HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"chunked and length": {"POST /cosas HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
			smuggled, 400},
		"folded case": {"POST /cosas HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\ntransfer-ENCODING: chunked\r\n\r\n0\r\n\r\n" +
			smuggled, 400},
		"chunked twice": {"POST /cosas HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: " +
			"chunked\r\n\r\n0\r\n\r\n" + smuggled, 400},
		"chunked and gzip":    {"POST /cosas HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + smuggled, 400},
		"chunked in HTTP/1.0": {"POST /cosas HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400},
		"identity":            {"POST /cosas HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n" + smuggled, 400},
		"unknown method":      {"BREW /lista HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled, 405},
		"NUL in a header":     {"GET /lista HTTP/1.1\r\nHost: a\r\nX-A: a\x00b\r\n\r\n", 400},
		"large body":          {"POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("x", 70000), 413},
		"large headers":       {"GET /lista HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("x", 9000) + "\r\n\r\n", 431},
		"no HTTP":             {"hello\r\n\r\n", 400},
		"two lengths":         {"POST /cosas HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 30\r\n\r\n{}" + smuggled, 400},
		"no host":             {"GET /lista HTTP/1.1\r\n\r\n" + smuggled, 400},
		"two hosts":           {"GET /lista HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		"two hosts, folded":   {"GET /lista HTTP/1.1\r\nhost: a\r\nHOST: a\r\n\r\n", 400},
		"blank before colon":  {"GET /lista HTTP/1.1\r\nHost: a\r\nX-A : 1\r\n\r\n", 400},
		"blank in a name":     {"GET /lista HTTP/1.1\r\nHost: a\r\nX A: 1\r\n\r\n", 400},
		"folded header":       {"GET /lista HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n 2\r\n\r\n", 400},
		"lines without CR":    {"GET /lista HTTP/1.1\nHost: a\n\n" + smuggled, 400},
		"a line without CR":   {"GET /lista HTTP/1.1\r\nHost: a\nX-A: 1\r\n\r\n" + smuggled, 400},
		"header sans colon":   {"GET /lista HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n", 400},
		"token of four KiB": {"GET /lista HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer " + strings.Repeat("x",
			4096) + "\r\n\r\n", 200},
		"absolute bad target": {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, body := raw(t, addr, c.request)
			require.Equal(t, []int{c.want}, got, "exactly one answer: %s", body)
			if c.want != 200 {
				assert.Contains(t, body, `"codigo"`)
			}
		})
	}
	t.Run("slow request", func(t *testing.T) {
		t.Parallel()
		begin := time.Now()
		got, _ := raw(t, addr, "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
		assert.Equal(t, []int{408}, got)
		assert.Less(t, time.Since(begin), time.Minute)
	})
}

// TestWire_refusals_are_problems_like_all_others: also refusals that come before any middleware.
func TestWire_refusals_are_problems_like_all_others(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	for name, request := range map[string]string{
		"no HTTP":       "hello\r\n\r\n",
		"bad host":      "GET /lista HTTP/1.1\r\nHost: a b\r\n\r\n",
		"bad target":    "GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n",
		"bare percent":  "GET /% HTTP/1.1\r\nHost: a\r\n\r\n",
		"bad bytes":     "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
		"large headers": "GET /lista HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("x", 9000) + "\r\n\r\n",
		"large body":    "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("x", 70000),
		"two lengths":   "POST /cosas HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\nContent-Length: 2\r\n\r\n{\"clave\":\"secreto-7\"}",
		"bad method":    "P\x00ST /cosas?clave=secreto-7 HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", addr)
			require.NoError(t, err)
			defer c.Close()
			_, err = io.WriteString(c, request)
			require.NoError(t, err)
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			require.NoError(t, err)
			a := read(t, resp)
			id := a.header.Get("X-Request-Id")
			require.NotEmpty(t, id)
			assert.Equal(t, id, a.body["request_id"])
			assert.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
			if instance, ok := a.body["instance"].(string); ok {
				_, err := url.Parse(instance)
				assert.NoError(t, err, "instance is a reference (RFC 9457, section 3.1.5)")
			}
			assert.Eventually(t, func() bool { return strings.Contains(s.logged(), id) }, 5*time.Second, 5*time.Millisecond,
				"it has no log line")
		})
	}
	assert.NotContains(t, s.logged(), "secreto-7", "what could not be read may be anything")
	assert.Contains(t, s.call(t, "GET", "/metrics", "").raw, `http_requests_total{method="unread",route="unmatched",status="431"} 1`)
}

func TestStrings_of_one_request_are_never_anothers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 50 {
				name := fmt.Sprintf("n%d-%d", i, n)
				r, err := http.NewRequest("POST", "http://"+addr+"/cosas", strings.NewReader(`{"nombre":"`+name+`","precio":1}`))
				if !assert.NoError(t, err) {
					return
				}
				r.Header.Set("Authorization", write)
				r.Header.Set("X-Request-Id", name)
				resp, err := http.DefaultClient.Do(r)
				if !assert.NoError(t, err) {
					return
				}
				body, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				assert.Contains(t, string(body), `"`+name+`"`)
				assert.Equal(t, name, resp.Header.Get("X-Request-Id"))
			}
		})
	}
	wg.Wait()
}

func TestStrings_of_a_request_can_be_kept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	var want []string
	for n := range 50 {
		want = append(want, fmt.Sprintf("color-%03d", n))
		resp, err := http.Get("http://" + addr + "/lista?color=" + want[n])
		require.NoError(t, err)
		resp.Body.Close()
	}
	assert.Equal(t, want, s.kept, "fasthttp reuses a request's memory for the next one")
}

func TestRun_drains(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, stop, done := start(t, s)
	inFlight := make(chan *http.Response, 1)
	go func() {
		resp, err := http.Get("http://" + addr + "/fallos/lento")
		if assert.NoError(t, err) {
			assert.NoError(t, resp.Body.Close())
		}
		inFlight <- resp
	}()
	<-s.slow
	stop()
	// Without the network: on a busy machine, the half second of draining may end before a request arrives.
	draining := func() bool { return s.call(t, "GET", "/health/ready", "").status == 503 }
	require.Eventually(t, draining, 30*time.Second, time.Millisecond)
	resp := <-inFlight
	require.NotNil(t, resp)
	assert.Equal(t, 503, resp.StatusCode, "what is in flight is answered")
	assert.True(t, resp.Close, "and its client is asked to close")
	select {
	case err := <-done:
		assert.NoError(t, err)
	case <-time.After(time.Minute):
		t.Fatal("still running after a minute")
	}
}

// What is wrong with the address is named: its port, or the host.
func TestRun_names_the_variable_of_the_address(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	run := func(addr, metrics string) error {
		return httpserver.New(httpserver.Options{Service: "prueba", MetricsAddr: metrics}).Run(t.Context(), addr)
	}
	require.ErrorContains(t, run(taken.Addr().String(), ""), "PRUEBA_PORT: cannot listen")
	require.ErrorContains(t, run(taken.Addr().String(), ""), "stop what holds it, or set PRUEBA_PORT to another")
	require.ErrorContains(t, run("192.0.2.1:0", ""), "HOST: cannot listen")
	require.ErrorContains(t, run("192.0.2.1:0", ""), "set HOST to an address or a name of this machine")
	require.ErrorContains(t, run("127.0.0.1:0", "192.0.2.1:9000"), "set PRUEBA_METRICS_ADDR to an address")
}
