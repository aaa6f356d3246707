package transport

import (
	"bytes"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fasthttp"

	"github.com/tienda-go/tienda/kit/problem"
)

func inspect(c *fasthttp.RequestCtx) error {
	h := &c.Request.Header
	raw := h.RawHeaders() // postpone has changed what the parsed headers say about the body
	f := scan(raw)
	if f.closes { // fasthttp knows only the exact "close"
		c.SetConnectionClose()
	}
	switch {
	case f.codings > 0 && f.lengths > 0: // RFC 9112, section 6.3
		return problem.ErrUnreadable.New("Envíe Content-Length o Transfer-Encoding, no los dos.")
	case f.codings > 0 && !h.IsHTTP11(): // RFC 9112, section 6.1
		return problem.ErrUnreadable.New("Transfer-Encoding solo existe en HTTP/1.1.")
	case f.codings > 1, f.codings == 1 && !bytes.EqualFold(headerValue(raw, "transfer-encoding"), []byte("chunked")):
		return problem.ErrUnreadable.New("La única Transfer-Encoding admitida es chunked, una sola vez.")
	case f.lengths > 1, f.hosts > 1: // fasthttp keeps only one of them
		return problem.ErrUnreadable.New("Content-Length y Host deben aparecer una sola vez.")
	case h.IsHTTP11() && f.hosts == 0: // RFC 9112, section 3.2
		return problem.ErrUnreadable.New("Falta la cabecera Host.")
	case bytes.IndexByte(raw, 0) >= 0:
		return problem.ErrUnreadable.New("Una cabecera contiene un carácter NUL.")
	case f.malformed:
		return problem.ErrUnreadable.New("Una cabecera no tiene un nombre válido, ocupa más de una línea o no acaba en CR LF.")
	}
	if encoding := h.Peek("Content-Encoding"); len(encoding) > 0 && string(encoding) != "identity" {
		// Fiber would unpack it without a limit.
		return problem.ErrMedia.New("Envíe el cuerpo sin comprimir.")
	}
	if plainTarget(h.RequestURI()) {
		return nil
	}
	// Huma's adapter would panic on an address that cannot be parsed; databases refuse NUL and bad UTF-8 late, as a 500. NUL in
	// the query is input's to refuse, which names the parameter.
	target, err := url.ParseRequestURI(string(h.RequestURI()))
	if err != nil {
		return problem.ErrUnreadable.New("La dirección no se puede leer.")
	}
	query, err := url.QueryUnescape(target.RawQuery)
	if err != nil || !utf8.ValidString(query) || !clean(target.Path) {
		return problem.ErrUnreadable.New("La dirección contiene NUL, texto que no es UTF-8 o un % suelto.")
	}
	return nil
}

// plainTarget is a path with a query, if any, that can be read in one way only: most are.
func plainTarget(target []byte) bool {
	if len(target) == 0 || target[0] != '/' {
		return false
	}
	return !bytes.ContainsFunc(target, func(r rune) bool { return !letterOrDigit(r) && !strings.ContainsRune("/?&=,.-_~", r) })
}

func letterOrDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// clean reports whether s is UTF-8 without NUL.
func clean(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// fields is what decides where a request and its connection end, and whether a line is malformed.
type fields struct {
	codings, lengths, hosts int
	closes, malformed       bool
}

// scan reads a head. Proxies disagree on a blank before the colon, on a continued line (RFC 9112, sections 5.1, 5.2), and on a
// line that ends without CR (section 2.2).
func scan(raw []byte) (f fields) {
	for line := range bytes.Lines(raw) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		f.malformed = f.malformed || bytes.HasSuffix(line, []byte("\n")) && !bytes.HasSuffix(line, []byte("\r\n"))
		if !ok && len(bytes.Trim(line, "\r\n")) == 0 {
			continue // the end
		}
		if !ok || len(name) == 0 || bytes.ContainsFunc(name, notInToken) {
			f.malformed = true
		}
		switch name = bytes.TrimSpace(name); {
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			f.codings++
		case bytes.EqualFold(name, []byte("content-length")):
			f.lengths++
		case bytes.EqualFold(name, []byte("host")):
			f.hosts++
		case bytes.EqualFold(name, []byte("connection")): // a list without case (RFC 9110, section 7.6.1)
			for option := range bytes.SplitSeq(value, []byte(",")) {
				f.closes = f.closes || bytes.EqualFold(bytes.TrimSpace(option), []byte("close"))
			}
		}
	}
	return f
}

// headerValue is the value of the first line of that name, in upper or lower case, or nil.
func headerValue(raw []byte, name string) []byte {
	for line := range bytes.Lines(raw) {
		field, value, ok := bytes.Cut(line, []byte(":"))
		if ok && bytes.EqualFold(bytes.TrimSpace(field), []byte(name)) {
			return bytes.TrimSpace(value)
		}
	}
	return nil
}

// notInToken: RFC 9110, section 5.6.2.
func notInToken(r rune) bool { return !letterOrDigit(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r) }
