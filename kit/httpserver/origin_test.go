package httpserver_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/rest"
)

const ours = "https://tienda.example"

// TestOrigin_on_every_answer: a page can read why its request was refused, also when no middleware ran.
func TestOrigin_on_every_answer(t *testing.T) {
	t.Parallel()
	s := &shop{Server: newLimited(60, ours)}
	huma.Register(s.API(), huma.Operation{
		OperationID: "escribir", Method: "POST", Path: "/escribir", Security: rest.Scopes(), DefaultStatus: 201,
	}, func(context.Context, *struct{ Body thing }) (*struct{}, error) { return nil, nil })
	addr, _, _ := start(t, s)
	post := func(rest string) string {
		return "POST /escribir HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\nAuthorization: Bearer 7\r\n" + rest
	}
	ask := func(t *testing.T, request string) *http.Response {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer c.Close()
		_, err = io.WriteString(c, request)
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response
	}
	for _, c := range []struct {
		status  int
		request string
	}{
		{400, post("Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{]")},
		{400, post("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")},
		{400, post("Content-Length: dos\r\n\r\n{}")},
		{401, strings.Replace(post("Content-Length: 0\r\n\r\n"), "Bearer 7", "Bearer bad", 1)},
		{404, "GET /nada HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\n\r\n"},
		{405, "PUT /todos HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\n\r\n"},
		{413, post("Content-Length: 70000\r\nContent-Type: application/json\r\n\r\n")},
		{415, post("Content-Length: 2\r\nContent-Type: text/plain\r\n\r\n{}")},
		{415, post("Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}")},
		{422, post("Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")},
		{431, post("X-Largo: " + strings.Repeat("x", 9000) + "\r\n\r\n")},
		{431, "GET /todos HTTP/1.1\r\nHost: a\r\nX-Largo: " + strings.Repeat("x", 9000) + "\r\nOrigin: " + ours + "\r\n\r\n"},
		{431, "GET /todos HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-Corta: "+strings.Repeat("x", 83)+"\r\n",
			600) + "Origin: " + ours + "\r\n\r\n"},
		{431, "GET /" + strings.Repeat("x", 9000) + " HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\n\r\n"},
		{400, "no es HTTP\r\nOrigin: " + ours + "\r\n\r\n"},
		{400, "GET /todos HTTP/1.1\r\nHost : a\r\nOrigin: " + ours + "\r\n\r\n"},
		{405, "NADA /todos HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\n\r\n"},
		{405, "TRACE /todos HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\n\r\n"},
		{400, post("Transfer-Encoding: gzip, chunked\r\n\r\n")},
		{400, post("Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n")},
		{413, post("Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n11170\r\n" + strings.Repeat("x",
			70000) + "\r\n0\r\n\r\n")},
		{200, "GET /docs/swagger-ui.css HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\n\r\n"},
		{200, "GET /health/live HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\n\r\n"},
	} {
		a := ask(t, c.request)
		require.Equal(t, c.status, a.StatusCode, c.request)
		assert.Equal(t, ours, a.Header.Get("Access-Control-Allow-Origin"), c.request)
		for _, name := range []string{"ETag", "Location", "Link", "Retry-After", "X-Request-Id", "Idempotency-Replayed",
			"WWW-Authenticate"} {
			assert.Contains(t, a.Header.Get("Access-Control-Expose-Headers"), name)
		}
		assert.Contains(t, a.Header.Get("Vary"), "Origin")
		assert.Empty(t, a.Header.Get("Access-Control-Allow-Credentials"))

		other := ask(t, strings.ReplaceAll(c.request, ours, "https://tienda.example.evil"))
		assert.Empty(t, other.Header.Get("Access-Control-Allow-Origin"), c.request)
		assert.Contains(t, other.Header.Get("Vary"), "Origin", "a cache must not give its answer to a page of ours")
	}
	for name, request := range map[string]string{
		"slow body":    post("Content-Length: 10\r\nContent-Type: application/json\r\n\r\n{"),
		"slow headers": "GET /todos HTTP/1.1\r\nHost: a\r\nOrigin: " + ours + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := ask(t, request)
			require.Equal(t, 408, a.StatusCode)
			assert.Equal(t, ours, a.Header.Get("Access-Control-Allow-Origin"))
		})
	}
	var limited *http.Response
	for range 61 {
		limited = ask(t, "GET /todos HTTP/1.1\r\nHost: a\r\nOrigin: "+ours+"\r\n\r\n")
	}
	require.Equal(t, 429, limited.StatusCode)
	assert.Equal(t, ours, limited.Header.Get("Access-Control-Allow-Origin"))
}

// TestPreflight: the answers to a browser before it sends a request.
func TestPreflight(t *testing.T) {
	t.Parallel()
	s := newLimited(3, ours)
	preflight := func(origin string) *http.Response {
		request := httptest.NewRequest(http.MethodOptions, "/todos", nil)
		request.Header.Set("Origin", origin)
		request.Header.Set("Access-Control-Request-Method", "PATCH")
		response, err := s.App().Test(request, -1)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response
	}
	a := preflight(ours)
	assert.Equal(t, http.StatusNoContent, a.StatusCode)
	assert.Equal(t, ours, a.Header.Get("Access-Control-Allow-Origin"))
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		assert.Contains(t, a.Header.Get("Access-Control-Allow-Methods"), method)
	}
	for _, name := range []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id",
		"traceparent"} {
		assert.Contains(t, a.Header.Get("Access-Control-Allow-Headers"), name)
	}
	assert.Empty(t, a.Header.Get("Access-Control-Allow-Credentials"))
	for _, origin := range []string{"https://otra.example", "null", "http://tienda.example", "https://tienda.example:8443"} {
		a = preflight(origin)
		assert.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), origin)
		assert.Empty(t, a.Header.Get("Access-Control-Allow-Methods"), origin)
	}
	assert.Equal(t, http.StatusTooManyRequests, a.StatusCode, "a preflight counts like every request without a token")
	assert.Empty(t, get(t, newLimited(0), "/todos", "", "Origin", ours).Header.Get("Vary"), "CORS is off unless configured")
}
