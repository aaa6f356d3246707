// Package strictjson refuses JSON that two programs may read differently (RFC 7493), which encoding/json accepts.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

const maxDepth = 32 // of arrays and objects in one another

// The reasons of Scan: the Spanish end of a sentence that a client reads.
var (
	errSyntax    = errors.New("tiene un error de sintaxis")
	errNotUTF8   = errors.New("contiene texto que no es UTF-8")
	errDepth     = errors.New("tiene demasiados niveles")
	errDuplicate = errors.New("repite un campo en el mismo objeto")
	errTrailing  = errors.New("hay más de un valor")
)

// Scan refuses a document that is no JSON, has more than one value, a member twice in one object, half a character, or more
// than 32 levels. It reads the document once, token by token, and stores only the names of the open objects.
func Scan(raw []byte) error {
	if !utf8.Valid(raw) || loneSurrogate(raw) {
		return errNotUTF8
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	type level struct {
		names   map[string]struct{} // nil for an array
		wantKey bool
	}
	var open []level
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			if len(open) > 0 {
				return errSyntax
			}
			return nil
		}
		if err != nil {
			return errSyntax
		}
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				if len(open) == maxDepth {
					return errDepth
				}
				l := level{}
				if t == '{' {
					l = level{names: map[string]struct{}{}, wantKey: true}
				}
				open = append(open, l)
				continue
			}
			open = open[:len(open)-1]
		case string:
			if n := len(open); n > 0 && open[n-1].names != nil && open[n-1].wantKey {
				if _, twice := open[n-1].names[t]; twice {
					return errDuplicate
				}
				open[n-1].names[t] = struct{}{}
				open[n-1].wantKey = false
				continue
			}
		}
		// A value has ended: in an object a name comes next; at the top level nothing may follow.
		if n := len(open); n > 0 {
			open[n-1].wantKey = open[n-1].names != nil
		} else if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return errTrailing
		}
	}
}

// loneSurrogate finds an escape that is half of a character; decoding would silently replace it with U+FFFD.
func loneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++ // the escaped character cannot begin an escape
		switch unit := escapedUnit(raw, i); {
		case unit < 0xD800 || unit > 0xDFFF:
		case unit > 0xDBFF, i+5 >= len(raw) || raw[i+5] != '\\':
			return true
		default:
			if low := escapedUnit(raw, i+6); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 6
		}
	}
	return false
}

// escapedUnit is the number of "uXXXX" at i, or -1.
func escapedUnit(raw []byte, i int) int {
	if i+5 > len(raw) || raw[i] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(raw[i+1:i+5]), 16, 32)
	if err != nil {
		return -1
	}
	return int(unit)
}

// Decode reads exactly one JSON value, not null, of valid UTF-8. It ignores unknown members, which a newer peer may send.
func Decode(raw []byte, out any) error {
	if !utf8.Valid(raw) {
		return errors.New("not UTF-8")
	}
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return errors.New("null")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(out); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}
