package httpserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHEAD: HEAD works where GET does, with the same status and headers and without a body (RFC 9110, section 9.3.2).
func TestHEAD(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	ask := func(method, path, token string) *http.Response {
		request, err := http.NewRequest(method, "http://"+addr+path, nil)
		require.NoError(t, err)
		request.Header.Set("X-Request-Id", "the-same")
		request.Header.Set("Accept-Encoding", "identity")
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		return response
	}
	for _, c := range []struct{ path, token string }{
		{"/lista?limite=2", ""}, {"/lista", "bad"}, {"/lista?limite=0", ""}, {"/olvidada", "cosas:escribir"}, {"/nada", ""},
		{"/cosas", ""}, {"/health/live", ""}, {"/health/ready", ""}, {"/docs", ""}, {"/docs/", ""}, {"/docs/swagger-ui.css", ""},
		{"/openapi.json", ""}, {"/openapi.yaml", ""}, {"/fallos/panico", ""},
	} {
		want, got := ask("GET", c.path, c.token), ask("HEAD", c.path, c.token)
		wanted, err := io.ReadAll(want.Body)
		require.NoError(t, err)
		body, err := io.ReadAll(got.Body)
		require.NoError(t, err)
		assert.Empty(t, body, c.path)
		assert.Equal(t, want.StatusCode, got.StatusCode, c.path)
		assert.EqualValues(t, len(wanted), got.ContentLength, c.path)
		for _, h := range []*http.Response{want, got} {
			h.Header.Del("Date")
			require.NoError(t, h.Body.Close())
		}
		want.Header.Set("Content-Length", fmt.Sprint(len(wanted)))
		assert.Equal(t, want.Header, got.Header, c.path)
	}
	assert.Equal(t, 200, ask("HEAD", "/metrics", "").StatusCode)
	assert.Contains(t, s.call(t, "GET", "/metrics", "").raw, `http_requests_total{method="HEAD",route="/lista",status="200"}`)
	assert.Contains(t, s.logged(), `"method":"HEAD"`)

	allow := s.call(t, "DELETE", "/lista", "")
	allow.problem(t, 405, "METODO_NO_PERMITIDO")
	assert.ElementsMatch(t, []string{"GET", "HEAD"}, strings.Split(allow.header.Get("Allow"), ", "))
	only := s.call(t, "HEAD", "/cosas", "")
	assert.Equal(t, 405, only.status)
	assert.Equal(t, "POST", only.header.Get("Allow"))
}

// TestHEAD_keeps_the_connection_in_step: no byte of the body is left before the next answer.
func TestHEAD_keeps_the_connection_in_step(t *testing.T) {
	t.Parallel()
	addr, _, _ := start(t, newShop(t))
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	answers := bufio.NewReader(c)
	for range 3 {
		for _, method := range []string{"HEAD", "GET"} {
			request, err := http.NewRequest(method, "http://a/lista", nil)
			require.NoError(t, err)
			require.NoError(t, request.Write(c))
			response, err := http.ReadResponse(answers, request)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Equal(t, 200, response.StatusCode)
			assert.Equal(t, method == "GET", len(body) > 0)
		}
	}
}

// TestPrefix: behind a proxy that serves the service under a path, every reference works.
func TestPrefix(t *testing.T) {
	t.Parallel()
	addr, _, _ := start(t, newShop(t))
	target, err := url.Parse("http://" + addr)
	require.NoError(t, err)
	proxy := httptest.NewServer(http.StripPrefix("/tienda/cosas", httputil.NewSingleHostReverseProxy(target)))
	defer proxy.Close()
	get := func(from *url.URL, reference string) (*http.Response, string) {
		to, err := from.Parse(reference)
		require.NoError(t, err)
		response, err := http.Get(to.String())
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, 200, response.StatusCode, "%s from %s", reference, from)
		return response, string(body)
	}
	base, err := url.Parse(proxy.URL + "/tienda/cosas/")
	require.NoError(t, err)

	list, _ := get(base, "lista?limite=2")
	next, _, _ := strings.Cut(strings.TrimPrefix(list.Header.Get("Link"), "<"), ">")
	_, second := get(list.Request.URL, next)
	assert.Equal(t, "[3,4]", strings.TrimSpace(second))

	for _, path := range []string{"docs", "docs/"} {
		page, html := get(base, path)
		found := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(html, -1)
		require.NotEmpty(t, found)
		for _, m := range found {
			get(page.Request.URL, m[1])
		}
		// swgui takes the page for a folder when it writes the address of the document.
		document := regexp.MustCompile(`"swaggerJsonUrl":"([^"]+)"`).FindStringSubmatch(html)
		require.NotNil(t, document)
		folder := *page.Request.URL
		folder.Path = strings.TrimSuffix(folder.Path, "/") + "/"
		at, text := get(&folder, document[1])
		server := regexp.MustCompile(`"servers":\[\{[^]]*"url":"([^"]*)"`).FindStringSubmatch(text)
		require.NotNil(t, server)
		root, err := at.Request.URL.Parse(server[1])
		require.NoError(t, err)
		assert.Equal(t, base.String(), root.String())
	}
}
