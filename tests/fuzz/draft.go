package fuzz

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tienda-go/tienda/tests/matrix"
	"github.com/tienda-go/tienda/tests/openapi"
)

// pair is a header, or a parameter of the query.
type pair struct{ name, value string }

// draft is a request before it is bytes. Everything in it is written as it stands: a twist may put anything anywhere.
type draft struct {
	Op      openapi.Operation
	Caller  matrix.Caller
	Method  string
	Path    string // encoded
	Query   []pair // encoded
	Headers []pair
	Body    *node  // nil = none
	Raw     []byte // instead of Body; nil = Body
	Chunked bool

	// What twists make of it, for those who judge the answer.
	Elsewhere bool // it is another operation now, or none: who may call Op says nothing
	Wire      bool // HTTP itself may refuse it, before the service looks who calls
	Wrong     bool // it must be refused, for every caller
	BadBody   bool // an operation that takes a body must refuse it; its schema may not say so
	BadQuery  bool // every operation must refuse it; the pages of the documentation need not
	Hangup    bool // the service may close the connection instead of answering
}

// twist makes one thing wrong, or odd.
type twist struct {
	name  string
	apply func(*draft)
}

// then is the twist with a further change.
func (tw twist) then(further func(*draft)) twist {
	return twist{tw.name, func(d *draft) { tw.apply(d); further(d) }}
}

func (d *draft) clone() *draft {
	c := *d
	c.Query, c.Headers, c.Body = slices.Clone(d.Query), slices.Clone(d.Headers), d.Body.clone()
	return &c
}

func (d *draft) set(name, value string) {
	for i := range d.Headers {
		if strings.EqualFold(d.Headers[i].name, name) {
			d.Headers[i].value = value
			return
		}
	}
	d.Headers = append(d.Headers, pair{name, value})
}

// values are those of every header with this name.
func (d *draft) values(name string) (all []string) {
	for _, h := range d.Headers {
		if strings.EqualFold(h.name, name) {
			all = append(all, h.value)
		}
	}
	return all
}

// header is the first value of a header; "" without any.
func (d *draft) header(name string) string { return append(d.values(name), "")[0] }

func (d *draft) target() string {
	target, separator := d.Path, "?"
	for _, q := range d.Query {
		target += separator + q.name
		if q.value != "" {
			target += "=" + q.value
		}
		separator = "&"
	}
	return target
}

// path is the one that a service sees: a fragment is not a part of it.
func (d *draft) path() string {
	path, _, _ := strings.Cut(d.Path, "#")
	path, _, _ = strings.Cut(path, "?")
	return path
}

func (d *draft) body() []byte {
	if d.Raw != nil || d.Body == nil {
		return d.Raw
	}
	return []byte(d.Body.String())
}

// bytes is the request on the wire.
func (d *draft) bytes(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", d.Method, d.target())
	if d.header("Host") == "" {
		fmt.Fprintf(&b, "Host: %s\r\n", host)
	}
	for _, h := range d.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	body := d.body()
	switch {
	case d.Chunked:
		if len(body) > 0 {
			body = fmt.Appendf(nil, "%x\r\n%s\r\n", len(body), body)
		}
		body = append(body, "0\r\n\r\n"...) // without an end the service would wait for it
	case body != nil || d.Method == "POST" || d.Method == "PUT" || d.Method == "PATCH":
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}
