package launcher

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/tests/terminal"
)

func TestLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := &lines{out: terminal.New(&out), name: "pedidos"}
	shown := func(text string) string {
		out.Reset()
		for _, half := range []string{text[:len(text)/2], text[len(text)/2:]} { // lines arrive in pieces
			_, err := l.Write([]byte(half))
			assert.NoError(t, err)
		}
		return out.String()
	}
	t.Run("JSON_is_rendered_for_eyes", func(t *testing.T) {
		assert.Regexp(t, `^pedidos    \d\d:\d\d:\d\d\.123 INFO  request status=201 path=/pedidos motivo="a b" nada="" lista=\["x y",`+
			`2\]`+"\n$",
			shown(`{"time":"2026-11-01T10:11:12.123Z","level":"INFO","msg":"request","service":"pedidos","trace_id":"t","status":201,`+
				`"path":"/pedidos","motivo":"a b","nada":"","lista":["x y",2]}`+"\n"))
	})
	t.Run("other_lines_are_shown_as_they_are", func(t *testing.T) {
		assert.Equal(t, "pedidos    panic: oh\n", shown("panic: oh\n"))
		assert.Equal(t, "pedidos    {\"half\":\n", shown("{\"half\":\n"))
		assert.Equal(t, "pedidos    \n", shown("\n"))
	})
	t.Run("nothing_moves_the_cursor", func(t *testing.T) {
		assert.NotContains(t, shown("a\x1b[2Jb\r\x07\n"), "\x1b")
		assert.NotContains(t, shown(`{"level":"INFO","msg":"a\u001b[2Jb\nc","k\u001b":"\u009b31m"}`+"\n"), "\x1b")
		assert.Equal(t, 1, strings.Count(out.String(), "\n"))
		assert.NotContains(t, out.String(), "\u009b")
	})
	t.Run("a_line_without_end_is_cut", func(t *testing.T) {
		assert.NotEmpty(t, shown(strings.Repeat("x", 3*longestLine)))
		assert.LessOrEqual(t, len(l.partial), longestLine)
	})
	t.Run("the_tail_has_the_unfinished_line_too", func(t *testing.T) {
		for range 30 {
			shown("old\n")
		}
		shown("last words")
		tail := l.tail()
		assert.Len(t, tail, keptLines)
		assert.Equal(t, "last words", tail[keptLines-1])
	})
}
