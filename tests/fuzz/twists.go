package fuzz

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// scalars are values in place of another. None of them fits a member that wants an identifier.
func scalars() []string {
	return []string{
		"null", "true", "[]", "{}", `""`, `"x"`, "0", "-1", "1.5", "1.0", "1e2", "-0", "1e999", "-1e999", "1e-999", "0.001",
		"9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
		"10000000000000", "9999999999999.99", "9999999999999.999", "00", "+1", ".5", "1.", "NaN", "Infinity", "0x10", `"1"`, `"\u0000"`,
		`"a\u0000b"`, `"\ud800"`, `"\udc00\ud800"`, "\"\xff\xfe\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "\"a\nb\"", `"\n\r\t"`,
		`"\u202e\u200b\ufeff"`, `"\ufffd"`, `"\x41"`, `'x'`, `"' OR 1=1 --"`, `"\\'; DROP TABLE productos; --"`, `"?"`, `"$1"`,
		`"%s%n"`, `"{{7*7}}"`, `"<script>alert(1)</script>"`, `"../../etc/passwd"`, `"2026-13-45T99:99:99Z"`, `"0000-00-00T00:00:00Z"`,
		`"9999-12-31T23:59:60Z"`, `"2026-01-01"`, `"` + strings.Repeat("a", 6000) + `"`, `"` + strings.Repeat("😀", 3000) + `"`,
		strings.Repeat("9", 400), "0." + strings.Repeat("0", 400) + "1", strings.Repeat("[", 31) + strings.Repeat("]", 31),
		strings.Repeat("[", 5000) + strings.Repeat("]", 5000), strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), "[null]",
		"[[]]", `[{"a":1}]`, `{"":0}`, `{"__proto__":1}`,
	}
}

// twist draws one thing to make wrong.
func (f *fuzzer) twist(t *rapid.T, d *draft) twist {
	n := between(t, 0, 99)
	switch {
	case d.Body != nil && n < 55:
		return bodyTwist(t)
	case d.Body != nil && n < 65:
		return rawTwist(t)
	case n < 80:
		return headerTwist(t)
	case n < 95:
		return targetTwist(t)
	default:
		return methodTwist(t)
	}
}

// bodyTwist changes the value somewhere inside of the body.
func bodyTwist(t *rapid.T) twist {
	where, which := between(t, 0, 1<<16), between(t, 0, 1<<16)
	inside := func(name string, apply func(n *node, i int)) twist {
		return twist{name, func(d *draft) {
			if d.Body == nil {
				return
			}
			d.BadBody = false
			if objects := d.Body.objects(); len(objects) > 0 {
				n := objects[where%len(objects)]
				apply(n, which%len(n.members))
			}
		}}
	}
	switch between(t, 0, 9) {
	case 0:
		return inside("a member is missing", func(n *node, i int) { n.drop(i) })
	case 1:
		return bad(inside("a member is there twice", func(n *node, i int) {
			n.names, n.members = append(n.names, n.names[i]), append(n.members, n.members[i].clone())
		}))
	case 2:
		name := pick(t, []string{"id", "version", "usuario_id", "total", "rol", "activo", "", " ", "__proto__", "constructor",
			"$schema", "nombre\x00", "ñ", "a.b", "lineas[0]", echoMark + strings.Repeat("n", 300), "<b>", "\u202e"})
		return inside("a member is unknown", func(n *node, i int) { n.put(name, text("1")) })
	case 3:
		return inside("a name in capitals", func(n *node, i int) { n.names[i] = strings.ToUpper(n.names[i]) })
	case 4:
		return inside("a name in escapes",
			func(n *node, i int) { n.names[i] = fmt.Sprintf(`"\u%04x%s`, n.names[i][1], n.names[i][2:]) })
	default:
		value := pick(t, scalars())
		tw := twist{"a value is " + shortened(value, 30), func(d *draft) {
			if d.Body == nil {
				return
			}
			d.BadBody = false
			all := d.Body.all()
			*all[where%len(all)] = node{raw: value}
		}}
		if strings.Contains(value, `\u0000`) || strings.Contains(value, `\ud`) || !utf8.ValidString(value) ||
			strings.Contains(value, strings.Repeat("[", 40)) {
			return bad(tw)
		}
		return tw
	}
}

// bad marks what encoding/json would let pass, and no operation may (RFC 7493). A later twist of the body may take it away
// again, so each of them first takes the mark away.
func bad(tw twist) twist {
	return twist{tw.name, func(d *draft) {
		before := d.Body.String()
		tw.apply(d)
		d.BadBody = d.Raw == nil && d.Body.String() != before
	}}
}

// maxBody is how many bytes a body may have.
const maxBody = 64 << 10

// rawTwist spoils the text of the body.
func rawTwist(t *rapid.T) twist {
	at := between(t, 0, 1<<16)
	of := func(name string, change func(body []byte) []byte) twist {
		return twist{name, func(d *draft) { d.BadBody, d.Raw = false, change(d.body()) }}
	}
	pad := func(size int) func([]byte) []byte {
		return func(b []byte) []byte { return append(b, strings.Repeat(" ", max(0, size-len(b)))...) }
	}
	return pick(t, []twist{
		of("one byte more than 64 KiB", pad(maxBody+1)),
		of("exactly 64 KiB", pad(maxBody)),
		of("the body is cut", func(b []byte) []byte { return b[:at%(len(b)+1)] }),
		of("the body is empty", func([]byte) []byte { return []byte{} }),
		of("blanks only", func([]byte) []byte { return []byte(" \r\n\t") }),
		of("two values", func(b []byte) []byte { return append(append(b, ' '), b...) }),
		of("rubbish follows", func(b []byte) []byte { return append(b, '}') }),
		of("a trailing comma", func(b []byte) []byte { return append(b[:max(0, len(b)-1):max(0, len(b)-1)], ',', '}') }),
		of("a byte order mark", func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }),
		of("NUL follows", func(b []byte) []byte { return append(b, 0) }),
		of("a comment", func(b []byte) []byte { return append([]byte("/* */"), b...) }),
		of("UTF-16", utf16le),
		of("a flipped byte", func(b []byte) []byte {
			if len(b) > 0 {
				b = append([]byte(nil), b...)
				b[at%len(b)] ^= 1 << (at % 8)
			}
			return b
		}),
		of("in a list", func(b []byte) []byte { return append(append([]byte("["), b...), ']') }),
		of("in quotes", func(b []byte) []byte { return []byte(leaf(string(b)).raw) }),
		of("a form", func([]byte) []byte { return []byte("a=1&b=2") }),
	})
}

func utf16le(b []byte) []byte {
	wide := make([]byte, 0, 2*len(b))
	for _, c := range b {
		wide = append(wide, c, 0)
	}
	return wide
}

func shortened(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(s[:n], "?"), len(s))
}
