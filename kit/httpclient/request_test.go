package httpclient

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// late is an empty body whose end comes late, as on a busy machine.
type late struct{ io.Reader }

func (l late) Read(p []byte) (int, error) {
	time.Sleep(300 * time.Millisecond)
	return l.Reader.Read(p)
}

// A GET is sent without a body, without a length and without chunks, also on a slow machine.
func TestSendOnce_get_has_no_body(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	head := make(chan string, 1)
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		var lines []string
		reader := bufio.NewReader(c)
		for {
			line, err := reader.ReadString('\n')
			if err != nil || line == "\r\n" {
				break
			}
			lines = append(lines, strings.TrimSpace(line))
		}
		head <- strings.Join(lines, "\n")
		_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
	}()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+"/x", nil)
	require.NoError(t, err)
	sendOnce(request, nil)
	request.Body = io.NopCloser(late{request.Body})
	answer, err := newHTTP().Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	sent := <-head
	assert.True(t, strings.HasPrefix(sent, "GET /x HTTP/1.1\n"), sent)
	assert.NotContains(t, sent, "Transfer-Encoding")
	assert.NotContains(t, sent, "Content-Length")
}
