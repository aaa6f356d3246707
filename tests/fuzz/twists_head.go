package fuzz

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// headerTwist spoils a header, or adds an odd one.
func headerTwist(t *rapid.T) twist {
	set := func(name, value string) twist {
		return twist{fmt.Sprintf("%s: %s", name, shortened(value, 30)), func(d *draft) { d.set(name, value) }}
	}
	loose := func(tw twist) twist { return tw.then(func(d *draft) { d.Wire = true }) }
	wrong := func(tw twist) twist { return tw.then(func(d *draft) { d.Wire, d.Wrong, d.Hangup = true, true, true }) }
	hangup := func(tw twist) twist { return tw.then(func(d *draft) { d.Hangup = true }) }
	more := func(name, value string) twist {
		return twist{fmt.Sprintf("another %s: %s", name, shortened(value, 30)),
			func(d *draft) { d.Headers = append(d.Headers, pair{name, value}) }}
	}
	of := func(name string, values ...string) twist { return set(name, pick(t, values)) }
	switch between(t, 0, 17) {
	case 0, 1:
		return of("Content-Type", "", "text/plain", "application/xml", "application/json; charset=latin1",
			"application/json; charset=\"utf-8\"", "application/json, text/html",
			"multipart/form-data; boundary=x", "application/problem+json", "APPLICATION/JSON", "application/json;", "application/json; =",
			"*/*", "\xff", "application/x-www-form-urlencoded", "application/merge-patch+json")
	case 2:
		return of("Accept", "application/xml", "text/html", "image/*;q=0", "*/*;q=0", "application/json;q=2", "",
			strings.Repeat("a/b,", 200), "application/problem+json", "\xff")
	case 3, 4:
		return of("Idempotency-Key", "", " ", "a b", strings.Repeat("k", 255), strings.Repeat("k", 256), "ñ", "\xff\xfe", "a\tb",
			"\"una\"", "'; --", "%00", "../..", echoMark)
	case 5, 6:
		return of("If-Match", "", `""`, `"0"`, `"-1"`, "1", `"1`, `"01"`, `"9223372036854775808"`, `"9223372036854775807"`, `W/"1"`,
			`"1", "2"`, "*", "**", `"a"`, "\xff", strings.Repeat(`"1",`, 300))
	case 7:
		return of("If-None-Match", "", `""`, "*", `W/"1"`, `"1","2"`, "1", "\xff", strings.Repeat(`"1",`, 300))
	case 8:
		return of("Authorization", "", "Bearer", "Bearer ", "bearer x", "Basic Zm9vOmJhcg==", "Basic \xff",
			"Bearer "+secretMark+strings.Repeat("a", 5000), "Bearer "+secretMark+".a.b", "Bearer a.b.c.d",
			"Bearer eyJ.eyJ.", "Digest x", "Bearer ñ", secretMark)
	case 9:
		return of("X-Request-Id", "", "a b", strings.Repeat("x", 128), strings.Repeat("x", 129), "ñ", "\"}{", "<script>", "\xff", "a,b")
	case 10:
		return of("traceparent", "", "00", "00-00000000000000000000000000000000-0000000000000000-00",
			"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
			"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
			strings.Repeat("0", 3000), "\xff")
	case 11:
		return of("X-Timeout-Ms", "", "0", "-1", "abc", "1e9", "999999999999999999999", "9000", "5000.5", "\xff")
	case 12:
		return pick(t, []twist{loose(more("Content-Type", "text/plain")), more("Idempotency-Key", "otra"), more("If-Match", `"9"`),
			more("Authorization", "Bearer x"), more("X-Request-Id", "dos"), more("Accept", "*/*"),
			more("Cookie", strings.Repeat("a=b; ", 100)),
			wrong(twist{"two hosts", func(d *draft) {
				d.Headers = append(d.Headers, pair{"Host", "tienda"}, pair{"Host", "otra.example"})
			}}), more("X-HTTP-Method-Override", "DELETE"), more("X-Forwarded-For", "1.2.3.4"),
			more("X-Original-URL", "/health/live"), more("Range", "bytes=0-1"), more("Upgrade", "websocket"),
			more("Origin", "https://mala.example"), more("Connection", "close")})
	case 13:
		return pick(t, []twist{loose(set("Content-Encoding", "gzip")), loose(set("Content-Encoding", "deflate, br")),
			set("Content-Encoding", "identity"), loose(set("Content-Encoding", "\xff"))})
	case 14:
		return pick(t, []twist{loose(twist{"chunked", chunked("Transfer-Encoding")}),
			loose(twist{"chunked, in small letters", chunked("transfer-encoding")}), wrong(set("Transfer-Encoding", "gzip")),
			wrong(more("Content-Length", "-1")), wrong(twist{"two lengths", twoLengths})})
	case 15:
		return pick(t, []twist{wrong(set("X-Nul", "a\x00b")), wrong(set("X-Largo", strings.Repeat("x", 9000))),
			loose(set("Con espacio", "1")), wrong(set("X-Blanco ", "1")), loose(hangup(set("X-Salto", "a\r\n b"))),
			loose(hangup(set("", "vacio"))), loose(hangup(set("Sin-valor\r\nX", "1")))})
	case 16:
		return loose(hangup(of("Host", "", " ", "otra.example", "a b", "[::1", "\xff", strings.Repeat("h", 300), "localhost:99999",
			"x/../y", "user@host")))
	default:
		return loose(of("Expect", "100-continue", "200-ok", "\xff"))
	}
}

// chunked sends the body in one chunk.
func chunked(name string) func(*draft) {
	return func(d *draft) {
		d.Headers = append(d.Headers, pair{name, "chunked"}) // beside another coding it is wrong
		d.Chunked = true
	}
}

// twoLengths: a server that uses the wrong length reads the rest of the body as a second request. Without a body there is no
// rest, and the service would wait for the announced bytes.
func twoLengths(d *draft) {
	length := "x"
	if len(d.body()) > 3 {
		length = "3"
	}
	d.Headers = append(d.Headers, pair{"Content-Length", length})
}

// targetTwist spoils the address.
func targetTwist(t *rapid.T) twist {
	ids := []string{"0", "-1", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1.5", "1e3", "abc", "+1",
		"%2B1", "01", "%31", "%20", "%00", "%ff", "%c0%80", "%2e%2e", "..", ".",
		"%2F", "1%2F2", "1;2", "1,2", "{id}", "null", "undefined", "0x1", "%EF%BC%91", strings.Repeat("9", 3000),
		"00000000-0000-0000-0000-000000000000", "'", "%27%20OR%201=1", "*", "%25", "%"}
	values := []string{"", "0", "-1", "201", "999999999999999999999", "1.5", "abc", "%00", "%ff", "%", "%zz", "true", "TRUE", "null",
		"1,2,3", "1,,2", "a,b", "'", "%27", "2026-01-01", "9999-12-31T23:59:59Z",
		"0001-01-01T00:00:00Z", "2026-01-01T00:00:00%2B99:99", "-1-01-01T00:00:00Z", "MQ", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk", "====",
		strings.Repeat("a", 3000), strings.Repeat("1,", 101) + "1", "+", "%20"}
	switch between(t, 0, 9) {
	case 0, 1, 2:
		id := pick(t, ids)
		return twist{"the id is " + shortened(id, 30), func(d *draft) {
			parts := strings.Split(d.Path, "/")
			if len(parts) > 2 && strings.Contains(d.Op.Path, "{") && d.Op.Path != "/usuarios/{id}" {
				parts[2] = id
				d.Path = strings.Join(parts, "/")
				d.Elsewhere, d.Wire = true, true
			}
		}}
	case 3, 4, 5:
		at := between(t, 0, 1<<16)
		value := pick(t, values)
		return twist{"a parameter is " + shortened(value, 30), func(d *draft) {
			d.Wire = true
			declared := d.declared()
			if len(declared) == 0 {
				return
			}
			for i := range d.Query {
				if d.Query[i].name == declared[at%len(declared)] {
					d.Query[i].value = value
					return
				}
			}
			d.Query = append(d.Query, pair{declared[at%len(declared)], value})
		}}
	case 6, 7:
		name := pick(t, []string{"que", "LIMITE", "limit", "", "%00", "id", "a[]", "%ff", "__proto__", "limite%20",
			strings.Repeat("p", 2000)})
		return twist{"an unknown parameter " + shortened(name, 30), func(d *draft) {
			d.Query = append(d.Query, pair{name, "1"})
			d.Wire = true
			if name == "que" || name == "LIMITE" {
				d.BadQuery = true
			}
		}}
	case 8:
		return twist{"a parameter twice", func(d *draft) {
			if len(d.Query) > 0 {
				d.Query, d.BadQuery = append(d.Query, d.Query[0]), true
			}
		}}
	default:
		change := pick(t, []string{"//%s", "%s/", "%s/x", "/%s", "%s%%2F", "%s%%20", "%s;a=b", "/../%s", "/.%s",
			"http://otra.example%s", "%s%%00", "*", "/docs/..%%2f..%%2fetc/passwd%.0s",
			"/metrics%.0s", "/docs%.0s", "/openapi.json%.0s", "/%.0s", "/favicon.ico%.0s", "/.env%.0s", "/debug/pprof/%.0s", "%.0s",
			"\xff%.0s", "/%%%.0s"})
		return twist{"the path as " + change, func(d *draft) {
			if strings.Contains(change, "%s") || strings.Contains(change, "%.0s") {
				d.Path = fmt.Sprintf(change, d.Path)
			} else {
				d.Path = change
			}
			d.Elsewhere, d.Wire, d.Hangup = true, true, true
		}}
	}
}

// declared are the names of the operation's query parameters.
func (d *draft) declared() (names []string) {
	for _, ref := range d.Op.Spec.Parameters {
		if ref.Value.In == "query" {
			names = append(names, ref.Value.Name)
		}
	}
	return names
}

// methodTwist asks in another way.
func methodTwist(t *rapid.T) twist {
	method := pick(t, []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get",
		"FOO", "M-SEARCH", strings.Repeat("X", 300)})
	return twist{"the method is " + shortened(method, 10), func(d *draft) {
		if method != d.Method {
			d.Method, d.Elsewhere, d.Hangup = method, true, d.Hangup || len(method) > 20
		}
	}}
}
