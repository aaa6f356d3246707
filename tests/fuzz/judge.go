package fuzz

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tienda-go/tienda/tests/openapi"
)

// finding is a broken promise. kind is short and the same for equal ones.
type finding struct{ kind, what string }

func (a finding) alike(b finding) bool { return a.kind == b.kind }

type findings []finding

func (all *findings) add(kind, format string, args ...any) {
	*all = append(*all, finding{kind, fmt.Sprintf(format, args...)})
}

// internal matches the internals of a service, which no problem may show.
var internal = regexp.MustCompile(`(?i)select |insert into|delete from|update .* set ` +
	`|sqlstate|\bsql\b|sqlite|postgres|pgx|\bbun\b|constraint|goroutine|panic|\.go\b|runtime error|strconv|unmarshal|reflect|nil ` +
	`pointer|\bhuma\b|\bfiber\b|fasthttp|/root/|/tmp/|/home/|/usr/|127\.0\.0\.1|localhost|dial tcp|connection refused|context ` +
	`deadline|\beof\b|0x[0-9a-f]{6}|expected |invalid `)

// judge checks everything that is promised of every answer.
func (f *fuzzer) judge(d *draft, r reply, err error, all *findings) {
	switch {
	case errors.Is(err, errClosed) && d.Hangup:
		return
	case err != nil:
		all.add("no answer", "%v", err)
		return
	case r.Status >= 500:
		all.add(fmt.Sprintf("status %d", r.Status), "nothing is broken, and the service says so")
	}
	path := d.path()
	method := d.Method
	if method == http.MethodHead { // is what GET is, and has no operation of its own
		method = http.MethodGet
	}
	o, found, allowed := f.contract.Find(d.Op.Service, method, path)
	if found && d.Method != http.MethodHead {
		if wrong := f.contract.Answer(o, r.Status, r.Header, r.Body); wrong != "" {
			all.add("not as documented", "%s", wrong)
		}
	}
	if r.Status >= 400 && d.Method != http.MethodHead {
		problem(r, all)
	}
	if !found && len(allowed) > 0 && !d.Wire && !d.Wrong {
		f.method(r, allowed, all)
	}
	if strings.Contains(fmt.Sprintf("%v %s", r.Header, r.Body), secretMark) {
		all.add("a secret came back", "in a header or in the body")
	}
	if !d.Elsewhere {
		f.access(d, r, all)
	}
	if wrong := f.accepted(d, o, found, r); r.Status < 400 && wrong != "" {
		all.add("accepted", "%s, and it was accepted with %d", wrong, r.Status)
	}
}

// accepted returns why a request should have been refused; "" if it was rightly accepted.
func (f *fuzzer) accepted(d *draft, o openapi.Operation, found bool, r reply) string {
	takesBody := found && o.Spec.RequestBody != nil && len(d.body()) > 0
	switch {
	case d.Wrong:
		return "it is wrong"
	case d.BadQuery && found && r.Header.Get("Idempotency-Replayed") == "": // else the first request was good
		return "a parameter is wrong"
	case d.BadBody && takesBody:
		return "the body is no I-JSON"
	case takesBody && d.header("Content-Type") != "application/x-www-form-urlencoded" &&
		!f.contract.Accepts(o, d.header("Content-Type"), d.body()):
		return "the document forbids the body"
	}
	return ""
}

// method: a path that is there says which methods it has.
func (f *fuzzer) method(r reply, allowed []string, all *findings) {
	if r.Status != http.StatusMethodNotAllowed {
		all.add("method", "status %d instead of 405", r.Status)
		return
	}
	got := strings.Split(r.Header.Get("Allow"), ", ")
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(slices.Clone(allowed), http.MethodHead)
	}
	slices.Sort(allowed)
	slices.Sort(got)
	if !slices.Equal(got, allowed) {
		all.add("method", "Allow says %q, and the document has %q", got, allowed)
	}
}

// access: a caller without permission is refused, also when something else is wrong; with nothing else wrong, for that reason.
func (f *fuzzer) access(d *draft, r reply, all *findings) {
	want, err := d.Caller.Decide(d.Op)
	if err != nil || want == 0 || d.spoilsToken() {
		return
	}
	if r.Status == want || d.Wire && slices.Contains([]int{400, 408, 413, 415, 431}, r.Status) {
		return
	}
	all.add("access", "%s gets %d instead of %d", d.Caller.Name, r.Status, want)
}

// spoilsToken: it sends another Authorization than its caller's own.
func (d *draft) spoilsToken() bool {
	sent := d.values("Authorization")
	if len(sent) == 0 {
		return !d.Caller.Anonymous()
	}
	return len(sent) > 1 || sent[0] != "Bearer "+d.Caller.Tokens[d.Op.Service]
}

// problem: RFC 9457, with the members that clients use, and without internals or values of the request.
func problem(r reply, all *findings) {
	var p struct {
		Type, Title, Detail, Instance, Codigo string
		Status                                int
		RequestID                             string `json:"request_id"`
		Errores                               []struct{ Campo, Codigo, Mensaje string }
	}
	if err := json.Unmarshal(r.Body, &p); err != nil ||
		!strings.HasPrefix(r.Header.Get("Content-Type"), "application/problem+json") {
		all.add("no problem document", "Content-Type %q", r.Header.Get("Content-Type"))
		return
	}
	if p.Type == "" || p.Title == "" || p.Detail == "" || p.Codigo == "" || p.RequestID == "" || p.Status != r.Status {
		all.add("incomplete problem", "type %q title %q detail %q codigo %q request_id %q status %d", p.Type, p.Title, p.Detail,
			p.Codigo, p.RequestID, p.Status)
	}
	// A replayed answer is the first one, byte for byte.
	if p.RequestID != r.Header.Get("X-Request-Id") && r.Header.Get("Idempotency-Replayed") == "" {
		all.add("incomplete problem", "request_id is not that of the header %q", r.Header.Get("X-Request-Id"))
	}
	texts := []string{p.Title, p.Detail, p.Codigo}
	for _, e := range p.Errores {
		texts = append(texts, e.Codigo, e.Mensaje)
		if e.Campo == "" || e.Codigo == "" || e.Mensaje == "" {
			all.add("incomplete problem", "an entry of errores: %+v", e)
		}
	}
	for _, text := range texts {
		if leak := internal.FindString(text); leak != "" {
			all.add("internal", "%q in %q", leak, text)
		}
		if strings.Contains(text, echoMark) {
			all.add("echo", "%q", text)
		}
	}
	for status, header := range map[int]string{401: "Www-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"} {
		if r.Status == status && r.Header.Get(header) == "" {
			all.add("no "+header, "with %d", status)
		}
	}
}
