package logging

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the most bytes of one text in a line. Clients, whose text errors contain, must not fill the log.
const maxText = 1000

// oneLine is s in a safe form: bounded, line breaks as "; ", and as escapes the characters that are invisible or move the cursor.
func oneLine(s string) string {
	if len(s) <= maxText && plain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case b.Len() >= maxText:
			b.WriteString("…")
			return b.String()
		case r == '\n' || r == '\r' || r == '\t':
			rest := strings.TrimLeft(s[i:], "\n\r\t ")
			if i += len(s[i:]) - len(rest); rest != "" && b.Len() > 0 {
				b.WriteString("; ")
			}
			continue
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// textOf is the text of an error for the log: a fault.Error has a separate text for clients.
func textOf(err error) string {
	text := err.Error()
	if joined, ok := err.(interface{ Unwrap() []error }); ok { // by errors.Join, not by fmt.Errorf
		var plain, texts []string
		for _, e := range joined.Unwrap() {
			plain, texts = append(plain, e.Error()), append(texts, textOf(e))
		}
		if text == strings.Join(plain, "\n") {
			return strings.Join(texts, "\n")
		}
	}
	var own interface {
		error
		LogText() string
	}
	if errors.As(err, &own) {
		return strings.Replace(text, own.Error(), own.LogText(), 1)
	}
	return text
}
