package httpserver_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// request is a POST of a caller that may write: its headers, and the bytes after them.
func request(headers, rest string) string {
	return "POST /cosas HTTP/1.1\r\nHost: a\r\nAuthorization: " + write + "\r\nContent-Type: application/json\r\n" + headers +
		"\r\n" + rest
}

const goodBody = `{"nombre":"nn","precio":1}`

// inChunks writes s in chunks of n bytes.
func inChunks(s string, n int) string {
	var b strings.Builder
	for len(s) > 0 {
		m := min(n, len(s))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", m, s[:m])
		s = s[m:]
	}
	return b.String() + "0\r\n\r\n"
}

func TestReceive_chunked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	const next = "GET /lista HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]struct {
		rest string
		want []int
	}{
		"one chunk":                {inChunks(goodBody, 1000), []int{201, 200}},
		"many chunks":              {inChunks(goodBody, 1), []int{201, 200}},
		"extension, trailer":       {"1a;a=b;c=\"d\"\r\n" + goodBody + "\r\n0;x\r\nX-Suma: 1\r\nX-Otra: 2\r\n\r\n", []int{201, 200}},
		"zeros before the length":  {"0000001a\r\n" + goodBody + "\r\n000\r\n\r\n", []int{201, 200}},
		"64 KiB":                   {inChunks(goodBody+strings.Repeat(" ", 64<<10-len(goodBody)), 999), []int{201, 200}},
		"one byte more":            {inChunks(goodBody+strings.Repeat(" ", 64<<10-len(goodBody)+1), 999), []int{413}},
		"empty":                    {"0\r\n\r\n", []int{400, 200}},
		"one chunk of 1 GiB":       {"40000000\r\n" + strings.Repeat(" ", 70_000), []int{413}},
		"a length beyond all":      {"FFFFFFFFFFFFFFFF\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"a negative length":        {"-1a\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"a length with 0x":         {"0x1a\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"a length with a sign":     {"+1a\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"no length":                {"\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"LF alone":                 {"1a\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"LF alone after a chunk":   {"1a\r\n" + goodBody + "\n0\r\n\r\n", []int{400}},
		"LF alone at the end":      {"1a\r\n" + goodBody + "\r\n0\r\n\n", []int{400}},
		"CR within an extension":   {"1a;a\rb\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"longer than it says":      {"19\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"a long extension":         {"1a;" + strings.Repeat("x", 300) + "\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"a trailer that is none":   {"1a\r\n" + goodBody + "\r\n0\r\nGET / HTTP/1.1\r\n\r\n", []int{400}},
		"LF within an extension":   {"1a;a\nb\r\n" + goodBody + "\r\n0\r\n\r\n", []int{400}},
		"too many trailer fields":  {"1a\r\n" + goodBody + "\r\n0\r\n" + strings.Repeat("X-A: 1\r\n", 300) + "\r\n", []int{400}},
		"a line that is no length": {next, []int{400}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, body := raw(t, addr, request("Transfer-Encoding: Chunked\r\n", c.rest+next))
			assert.Equal(t, c.want, got, body)
		})
	}
}

// TestReceive_after_the_token: a refusal comes before the body is read, and closes the connection; the bytes of the body are not
// a second request.
func TestReceive_after_the_token(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	hidden := "GET /lista HTTP/1.1\r\nHost: a\r\n\r\n"
	length := fmt.Sprintf("Content-Length: %d\r\n", len(hidden))
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"no token":        {"POST /cosas HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + hidden, 401},
		"no scope":        {"POST /cosas HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer nada\r\n" + length + "\r\n" + hidden, 403},
		"unknown path":    {"POST /nada HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + hidden, 404},
		"wrong method":    {"DELETE /cosas HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + hidden, 405},
		"unknown method":  {"BREW /cosas HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + hidden, 405},
		"documentation":   {"GET /docs HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + hidden, 200},
		"too large":       {request("Content-Length: 70000\r\n", hidden), 413},
		"chunked":         {"POST /cosas HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden, 401},
		"only a part":     {"POST /cosas HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + hidden, 401},
		"waiting":         {"POST /cosas HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 60000\r\n\r\n", 401},
		"waiting, folded": {"POST /cosas HTTP/1.1\r\nHost: a\r\neXPECT: 100-Continue\r\nContent-Length: 60000\r\n\r\n", 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			got, body := raw(t, addr, c.request)
			assert.Equal(t, []int{c.want}, got, body)
			assert.Less(t, time.Since(begin), 5*time.Second, "the answer waits for no body")
		})
	}
	t.Run("read to its end", func(t *testing.T) { // the connection stays open, also for operations without a body
		t.Parallel()
		got, body := raw(t, addr, "GET /lista HTTP/1.1\r\nHost: a\r\n"+length+"\r\n"+hidden+
			request("Content-Length: 26\r\nConnection: close\r\n", goodBody))
		assert.Equal(t, []int{200, 201}, got, body)
	})
}

// TestReceive_answer_is_not_lost: a client that is still sending when the answer comes gets it, not a reset.
func TestReceive_answer_is_not_lost(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	for head, want := range map[string]int{
		"POST /cosas HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n": 401,
		"GET /lista HTTP/1.1\r\nHost: a\r\nX-A: ":                          431,
	} {
		proven := 0
		for range 20 {
			c, err := net.Dial("tcp", addr)
			require.NoError(t, err)
			begin := time.Now()
			_, err = io.WriteString(c, head)
			require.NoError(t, err)
			for range 6 {
				time.Sleep(5 * time.Millisecond)
				if _, err = io.WriteString(c, strings.Repeat("x", 10_000)); err != nil {
					break
				}
			}
			status := 0
			if resp, answerErr := http.ReadResponse(bufio.NewReader(c), nil); answerErr == nil {
				status = resp.StatusCode
				_, answerErr = io.ReadAll(resp.Body)
				err = errors.Join(err, answerErr)
			}
			require.NoError(t, c.Close())
			if time.Since(begin) > 500*time.Millisecond { // the server waits for one second; a busy machine may have used it
				continue
			}
			require.NoError(t, err)
			require.Equal(t, want, status)
			proven++
		}
		assert.Positive(t, proven, "this machine was never quick enough to tell")
	}
}

func TestReceive_100_continue(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(c, request("Expect: 100-continue\r\nContent-Length: 26\r\n", ""))
	require.NoError(t, err)
	r := bufio.NewReader(c)
	line, err := r.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
	_, err = r.ReadString('\n')
	require.NoError(t, err)
	_, err = io.WriteString(c, goodBody)
	require.NoError(t, err)
	resp, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	assert.Equal(t, 201, resp.StatusCode)
	assert.False(t, resp.Close)
}

// TestReceive_100_continue_is_for_HTTP11: an HTTP/1.0 client would treat it as the answer (RFC 9110, section 10.1.1).
func TestReceive_100_continue_is_for_HTTP11(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	asked := strings.Replace(request("Expect: 100-continue\r\nContent-Length: 26\r\n", goodBody), "HTTP/1.1", "HTTP/1.0", 1)
	got, body := raw(t, addr, asked)
	assert.Equal(t, []int{201}, got, body)
}

// TestReceive_cut: an incomplete body is 400, and has no effect.
func TestReceive_cut(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	addr, _, _ := start(t, s)
	for _, sent := range []string{request("Content-Length: 27\r\n", goodBody),
		request("Transfer-Encoding: chunked\r\n", "1a\r\n"+goodBody)} {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		_, err = io.WriteString(c, sent)
		require.NoError(t, err)
		require.NoError(t, c.(*net.TCPConn).CloseWrite())
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		read(t, resp).problem(t, 400, "PETICION_ILEGIBLE")
		require.NoError(t, c.Close())
	}
	assert.Zero(t, s.calls.Load())
}
