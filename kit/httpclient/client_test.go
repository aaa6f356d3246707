package httpclient_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/resilience"
)

type thing struct {
	ID     int64          `json:"id"`
	Nombre string         `json:"nombre"`
	Datos  map[string]any `json:"datos"`
}

// peer is a server that counts its requests, and a client that does not wait between attempts.
func peer(t *testing.T, handler http.HandlerFunc, change ...func(*httpclient.Options)) (
	*httpclient.Client, *resilience.Policy, *atomic.Int64,
) {
	t.Helper()
	calls := new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	policy := resilience.New(resilience.Options{
		Peer: "cosas", Timeout: time.Minute, OpenFor: time.Hour, OpenMax: time.Hour, Sleep: func(context.Context, time.Duration) {},
	})
	o := httpclient.Options{Peer: "cosas", BaseURL: server.URL + "/", Policy: policy}
	for _, f := range change {
		f(&o)
	}
	return httpclient.New(o), policy, calls
}

func say(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// raw answers with these bytes and closes the connection.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}
}

var get = httpclient.Request{Method: http.MethodGet, Path: "/cosas/1", Safe: true}

func TestClient_Do_sends_what_a_peer_needs(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	client, _, _ := peer(t, func(w http.ResponseWriter, r *http.Request) {
		got, body = r, nil
		body, _ = io.ReadAll(r.Body)
		say(201, "application/json; charset=utf-8", `{"id":9007199254740993,"nuevo":true,"datos":{"n":9007199254740993}}`)(w, r)
	}, func(o *httpclient.Options) { o.Tokens = &tokens{list: []string{"abc"}} })

	request := logging.NewRequest("pedido-7", "")
	ctx, cancel := context.WithTimeout(logging.WithRequest(t.Context(), request), 2*time.Second)
	defer cancel()
	var out thing
	status, err := client.Do(ctx, httpclient.Request{
		Method: http.MethodPut, Path: "/cosas/1", Query: url.Values{"q": {"a b&c"}}, Body: map[string]any{"nombre": "ñ"}, Safe: true,
		Header: http.Header{"if-match": {`"3"`}},
	}, &out)
	require.NoError(t, err)
	assert.Equal(t, 201, status)
	assert.Equal(t, thing{ID: 9007199254740993, Datos: map[string]any{"n": json.Number("9007199254740993")}}, out)

	assert.Equal(t, "PUT /cosas/1?q=a+b%26c", got.Method+" "+got.URL.String())
	assert.Equal(t, `{"nombre":"ñ"}`, string(body))
	assert.Equal(t, int64(len(body)), got.ContentLength, "no chunks: services refuse them")
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Accept": "application/json", "Authorization": "Bearer abc", "If-Match": `"3"`,
		"X-Request-Id": "pedido-7", "Traceparent": request.Traceparent(), "Accept-Encoding": "",
	} {
		assert.Equal(t, want, got.Header.Get(name), name)
	}
	left, err := strconv.Atoi(got.Header.Get("X-Timeout-Ms"))
	require.NoError(t, err)
	assert.LessOrEqual(t, left, 1000, "the attempt's: half of the time, as a further one may follow")
	assert.Positive(t, left)
}

func TestClient_Do_success_without_body(t *testing.T) {
	t.Parallel()
	client, _, _ := peer(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusNoContent)
	})
	status, err := client.Do(t.Context(), httpclient.Request{Method: http.MethodDelete, Path: "/cosas/1"}, nil)
	require.NoError(t, err)
	assert.Equal(t, 204, status)
}

// TestClient_Do_fails_closed: every broken answer is unavailable, leaves out unchanged, and the call is repeated only if that
// may help.
func TestClient_Do_fails_closed(t *testing.T) {
	t.Parallel()
	const ok, problem = "application/json", "application/problem+json"
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	gzipped := new(bytes.Buffer)
	zip := gzip.NewWriter(gzipped)
	_, _ = io.WriteString(zip, `{"id":1}`)
	_ = zip.Close()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		calls  int64 // in all, of a call that is safe to repeat
		cause  string
	}{
		"500":           {say(500, problem, `{"status":500,"codigo":"ERROR_INTERNO"}`), 1, "answered 500"},
		"501":           {say(501, ok, `{}`), 1, "answered 501"},
		"502":           {say(502, "text/html", `<html>`), 3, "answered 502"},
		"503":           {say(503, problem, `{"status":503,"codigo":"SERVICIO_NO_DISPONIBLE"}`), 3, "answered 503"},
		"504":           {say(504, ok, `{}`), 3, "answered 504"},
		"401":           {say(401, problem, `{"status":401,"codigo":"NO_AUTENTICADO"}`), 1, "answered 401"},
		"403":           {say(403, problem, `{"status":403,"codigo":"PROHIBIDO"}`), 1, "answered 403"},
		"408":           {say(408, problem, `{"status":408,"codigo":"TIEMPO_AGOTADO"}`), 3, "answered 408"},
		"429":           {say(429, problem, `{"status":429,"codigo":"DEMASIADAS_PETICIONES"}`), 3, "answered 429"},
		"302":           {redirect("/otra"), 1, "answered 302"},
		"304":           {say(304, "", ""), 1, "answered 304"},
		"302 to itself": {redirect("/cosas/1"), 1, "answered 302"},
		"101": {raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), 1,
			"answered 101"},
		"404 of a proxy":            {say(404, "text/html", `<html>no</html>`), 1, "answered 404"},
		"404 of some other API":     {say(404, ok, `{"detail":"Not Found"}`), 1, "answered 404"},
		"problem without codigo":    {say(404, problem, `{"title":"Not Found","status":404}`), 3, "broken problem"},
		"problem of another status": {say(404, problem, `{"status":409,"codigo":"X"}`), 3, "broken problem"},
		"half a problem":            {say(409, problem, `{"status":409,"codigo":"STOCK_INSUF`), 3, "broken problem"},
		"problem that is a list":    {say(409, problem, `[]`), 3, "broken problem"},
		"a problem as success":      {say(200, problem, `{"status":200,"codigo":"X"}`), 1, "content type"},
		"HTML":                      {say(200, "text/html", `<html>hola</html>`), 1, "content type"},
		"HTML that says JSON":       {say(200, ok, `<html>hola</html>`), 3, "broken body"},
		"no content type":           {raw("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"id\":1}"), 1, "content type"},
		"nothing":                   {say(204, "", ""), 1, "content type"},
		"an empty body":             {say(200, ok, ""), 3, "EOF"},
		"null":                      {say(200, ok, " null\n"), 3, "null"},
		"half a document":           {say(200, ok, `{"id":1,"nombre":"me`), 3, "unexpected EOF"},
		"two documents":             {say(200, ok, `{"id":1}{"id":2}`), 3, "follows"},
		"trailing comma":            {say(200, ok, `{"id":1},`), 3, "follows"},
		"another type":              {say(200, ok, `{"nombre":"x","id":"1"}`), 3, "cannot unmarshal"},
		"a list":                    {say(200, ok, `[{"id":1}]`), 3, "cannot unmarshal"},
		"an int that overflows":     {say(200, ok, `{"id":9223372036854775808}`), 3, "cannot unmarshal"},
		"not UTF-8":                 {say(200, ok, "{\"nombre\":\"\xff\"}"), 3, "UTF-8"},
		"compressed, unasked":       {say(200, ok, gzipped.String()), 3, "UTF-8"},
		"10 MB":                     {say(200, ok, `{"nombre":"`+strings.Repeat("a", 10<<20)+`"}`), 1, "larger than"},
		"64 KiB of headers":         {raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 65<<10) + "\r\n\r\n"), 3, "headers exceeded"},
		"silence":                   {raw(""), 3, "EOF"},
		"not HTTP":                  {raw("SSH-2.0-OpenSSH_9\r\n"), 3, "malformed"},
		"shorter than it says":      {raw(head + "Content-Length: 99\r\n\r\n{\"id\":1}"), 3, "broke off"},
		"cut between chunks":        {raw(head + "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"id\":1}\r\n"), 3, "broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _, calls := peer(t, c.answer)
			out := thing{Nombre: "de antes"}
			var sent int
			safe := get
			safe.Sent = &sent
			status, err := client.Do(t.Context(), safe, &out)
			assert.Zero(t, status)
			assertUnavailable(t, err, c.cause)
			assert.Equal(t, thing{Nombre: "de antes"}, out, "a broken answer leaves no trace")
			assert.EqualValues(t, c.calls, sent)
			assert.LessOrEqual(t, calls.Load(), c.calls)

			unsafe := get
			unsafe.Safe = false
			_, err = client.Do(t.Context(), unsafe, &out)
			assertUnavailable(t, err, "")
			assert.LessOrEqual(t, calls.Load(), c.calls+1, "what is not safe to repeat is not")
		})
	}
}

func assertUnavailable(t *testing.T, err error, cause string) {
	t.Helper()
	require.ErrorIs(t, err, fault.ErrUnavailable)
	f := fault.From(err)
	assert.Same(t, fault.ErrUnavailable, f.Kind)
	assert.NotEmpty(t, f.Detail)
	assert.NotContains(t, f.Detail, "cosas", "a client does not hear of what is behind")
	assert.ErrorContains(t, f.Err, cause)
	assert.NotErrorIs(t, err, fault.ErrRateLimited)
	assert.NotErrorIs(t, err, fault.ErrInternal)
	assert.NotContains(t, err.Error(), "http://", "nor does the log hold whole addresses")
}

func TestClient_Do_no_out_is_no_reason_to_believe_everything(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		ok     bool
	}{
		"nothing":     {say(200, "", ""), true},
		"JSON":        {say(200, "application/json", `{"id":1}`), true},
		"HTML":        {say(200, "text/html", `<html>`), false},
		"broken JSON": {say(200, "application/json", `{"id":`), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _, _ := peer(t, c.answer)
			_, err := client.Do(t.Context(), get, nil)
			if c.ok {
				assert.NoError(t, err)
			} else {
				assertUnavailable(t, err, "answered 200")
			}
		})
	}
}

func TestClient_Do_refusal_is_the_fault_that_the_peer_meant(t *testing.T) {
	t.Parallel()
	errStock := fault.Define(fault.Conflict, "STOCK_INSUFICIENTE", "Stock insuficiente")
	client, policy, calls := peer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		say(409, "application/problem+json", `{"type":"/problemas/stock-insuficiente","title":"Stock insuficiente","status":409,
			"detail":"Quedan 3.","instance":"/x","codigo":"STOCK_INSUFICIENTE","request_id":"r",
			"errores":[{"campo":"cantidad","codigo":"FUERA_DE_RANGO","mensaje":"Menos."}],
			"disponible":9007199254740993,"lineas":[{"producto_id":1}]}`)(w, r)
	})
	status, err := client.Do(t.Context(), get, &thing{})
	require.ErrorIs(t, err, errStock)
	assert.Equal(t, 409, status)
	f := fault.From(err)
	assert.Equal(t, fault.Conflict, f.Kind.Code())
	assert.Equal(t, "Stock insuficiente", f.Kind.Title())
	assert.Equal(t, "Quedan 3.", f.Detail)
	assert.Equal(t, []fault.Field{{Campo: "cantidad", Codigo: "FUERA_DE_RANGO", Mensaje: "Menos."}}, f.Fields)
	assert.Equal(t, map[string]any{
		"disponible": json.Number("9007199254740993"), "lineas": []any{map[string]any{"producto_id": json.Number("1")}},
	}, f.Extra)
	assert.Equal(t, 7*time.Second, f.RetryAfter)
	assert.EqualValues(t, 1, calls.Load(), "an answer is not asked for again")
	assert.Equal(t, "closed", policy.State())
}

func TestClient_Do_refusal_has_the_code_of_its_status(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]fault.Code{
		400: fault.Malformed, 404: fault.NotFound, 405: fault.Invalid, 409: fault.Conflict, 410: fault.NotFound,
		412: fault.Precondition, 413: fault.Invalid, 415: fault.Invalid, 422: fault.Invalid, 428: fault.Precondition,
	} {
		client, policy, _ := peer(t, say(status, "application/problem+json", `{"codigo":"ALGO"}`))
		for range 10 {
			got, err := client.Do(t.Context(), get, nil)
			assert.Equal(t, status, got)
			assert.Equal(t, code, fault.CodeOf(err), status)
			assert.Equal(t, "ALGO", fault.From(err).Kind.Reason())
			assert.Zero(t, fault.From(err).Extra)
		}
		assert.Equal(t, "closed", policy.State(), status)
	}
}

func TestClient_Do_retry_after(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "pronto": 0, "1.5": 0, "5": 5 * time.Second, "86400": time.Minute,
		time.Now().Add(24 * time.Hour).UTC().Format(http.TimeFormat): time.Minute,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):     0,
	} {
		for _, status := range []int{429, 503, 500} {
			client, _, _ := peer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", header)
				w.WriteHeader(status)
			})
			_, err := client.Do(t.Context(), get, nil)
			assertUnavailable(t, err, fmt.Sprint(status))
			assert.Equal(t, want, fault.From(err).RetryAfter, "%d %q", status, header)
		}
	}
}

func TestClient_Do_breaker_counts_what_is_broken_and_not_what_is_refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		state  string
	}{
		"500":         {say(500, "application/json", `{}`), "open"},
		"503":         {say(503, "application/json", `{}`), "open"},
		"HTML":        {say(200, "text/html", `<html>`), "open"},
		"half a JSON": {say(200, "application/json", `{`), "open"},
		"302":         {say(302, "text/html", ``), "open"},
		"silence":     {raw(""), "open"},
		"401":         {say(401, "application/json", `{}`), "closed"},
		"403":         {say(403, "application/json", `{}`), "closed"},
		"429":         {say(429, "application/json", `{}`), "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, policy, calls := peer(t, c.answer)
			for range 6 {
				_, err := client.Do(t.Context(), httpclient.Request{Method: http.MethodPost, Path: "/cosas"}, nil)
				assertUnavailable(t, err, "")
			}
			assert.Equal(t, c.state, policy.State())
			if c.state == "open" {
				assert.EqualValues(t, 5, calls.Load(), "then the peer is not called")
				_, err := client.Do(t.Context(), get, nil)
				assert.GreaterOrEqual(t, fault.From(err).RetryAfter, time.Second)
				assert.ErrorContains(t, err, ".: cosas: breaker open")
			}
		})
	}
}

func TestClient_Do_a_peer_that_cannot_be_reached(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := httpclient.New(httpclient.Options{Peer: "cosas", BaseURL: server.URL}).Do(t.Context(), get, nil)
	assertUnavailable(t, err, "connection refused")
}

func TestClient_Do_a_caller_who_leaves(t *testing.T) {
	t.Parallel()
	left := make(chan struct{})
	client, policy, calls := peer(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		left <- struct{}{}
	})
	for range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Millisecond, cancel)
		_, err := client.Do(ctx, get, nil)
		assertUnavailable(t, err, "context canceled")
		if calls.Load() > 0 {
			select { // the cancellation reaches the peer
			case <-left:
			case <-time.After(time.Second):
			}
		}
	}
	assert.Equal(t, "closed", policy.State())
}

func TestClient_Do_a_defect_of_ours_is_no_failure_of_the_peer(t *testing.T) {
	t.Parallel()
	client, _, calls := peer(t, say(200, "application/json", `{}`))
	for _, r := range []httpclient.Request{
		{Method: "GET", Path: "/", Body: func() {}},
		{Method: "no method", Path: "/"},
		{Method: "GET", Path: "/%zz"},
	} {
		_, err := client.Do(t.Context(), r, nil)
		assert.Equal(t, fault.Internal, fault.CodeOf(err))
	}
	assert.Zero(t, calls.Load())
}

func TestClient_Do_retries_until_a_whole_answer(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	answers := []http.HandlerFunc{
		say(200, "application/json", `{"nombre":"sobra","datos":{"a":1}} x`), say(503, "", ""),
		say(200, "application/json", `{"id":1}`),
	}
	client, policy, _ := peer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.Equal(t, `{"cantidad":2}`, string(body), "each attempt sends all of it")
		answers[n.Add(1)-1](w, r)
	})
	var out thing
	status, err := client.Do(t.Context(), httpclient.Request{
		Method: http.MethodPut, Path: "/cosas/1", Body: map[string]int{"cantidad": 2}, Safe: true,
	}, &out)
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.Equal(t, thing{ID: 1}, out, "of the whole answer alone")
	assert.Equal(t, "closed", policy.State())
}

func BenchmarkClient_Do(b *testing.B) {
	server := httptest.NewServer(say(200, "application/json", `{"id":1,"nombre":"x"}`))
	defer server.Close()
	client := httpclient.New(httpclient.Options{Peer: "cosas", BaseURL: server.URL})
	b.ReportAllocs()
	for b.Loop() {
		var out thing
		if _, err := client.Do(b.Context(), get, &out); err != nil {
			b.Fatal(err)
		}
	}
}
