package launcher

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/tienda-go/tienda/tests/terminal"
)

const (
	longestLine = 64 << 10 // longer lines are cut: a service must not fill the memory of this process
	keptLines   = 12       // lines of output that are shown of a service that ended
)

// lines formats the output of one service for people: its name, the time, level, message and key=value instead of JSON.
type lines struct {
	out     *terminal.Terminal
	name    string
	style   terminal.Style
	mu      sync.Mutex
	partial []byte
	last    []string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, b...)
	for {
		line, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			break
		}
		l.show(line)
		l.partial = rest
	}
	if len(l.partial) > longestLine {
		l.show(l.partial)
		l.partial = nil
	}
	return len(b), nil
}

func (l *lines) show(line []byte) {
	text := l.render(line)
	if l.last = append(l.last, text); len(l.last) > keptLines {
		l.last = l.last[1:]
	}
	l.out.Printf("%s %s\n", l.out.Paint(l.style, fmt.Sprintf("%-10s", l.name)), text)
}

// tail is the last of the output.
func (l *lines) tail() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.partial) > 0 {
		l.show(l.partial)
		l.partial = nil
	}
	return append([]string(nil), l.last...)
}

// hiddenKeys are in every line and do not help a person who reads along; the JSON has them.
var hiddenKeys = map[string]bool{"service": true, "span_id": true, "trace_id": true, "route": true, "bytes": true}

// render is a JSON log line as "15:04:05 INFO  message key=value"; any other line as it is.
func (l *lines) render(line []byte) string {
	members, ok := decodeInOrder(line)
	if !ok {
		return printable(string(line))
	}
	var at, level, message string
	var pairs []string
	for _, m := range members {
		switch {
		case m.key == "time":
			if t, err := time.Parse(time.RFC3339Nano, m.value); err == nil {
				at = t.Local().Format("15:04:05.000")
			}
		case m.key == "level":
			level = m.value
		case m.key == "msg":
			message = m.value
		case !hiddenKeys[m.key]:
			pairs = append(pairs, l.out.Paint(terminal.Dim, printable(m.key)+"=")+quoted(printable(m.value)))
		}
	}
	style := map[string]terminal.Style{"ERROR": terminal.Red, "WARN": terminal.Yellow, "DEBUG": terminal.Dim}[level]
	head := fmt.Sprintf("%s %s %s", l.out.Paint(terminal.Dim, at), l.out.Paint(style, fmt.Sprintf("%-5s", level)),
		printable(message))
	return strings.TrimSpace(head + " " + strings.Join(pairs, " "))
}

type member struct{ key, value string }

// decodeInOrder is the members of a JSON object as they stand; strings without quotes, everything else as JSON.
func decodeInOrder(line []byte) ([]member, bool) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	if t, err := decoder.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	var members []member
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, false
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, false
		}
		text := string(value)
		if value[0] == '"' {
			_ = json.Unmarshal(value, &text) // it was just decoded
		}
		members = append(members, member{fmt.Sprint(key), text})
	}
	_, err := decoder.Token()
	return members, err == nil
}

// printable removes control characters, which could move the cursor or colour the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
}

func quoted(s string) string {
	if s == "" || (strings.ContainsAny(s, " \"=") && s[0] != '{' && s[0] != '[') {
		return strconv.Quote(s)
	}
	return s
}
