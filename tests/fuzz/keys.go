package fuzz

import (
	"bytes"
	"net/http"
	"strings"
)

// keyed is the first answer under an Idempotency-Key.
type keyed struct {
	body   string // as a JSON value
	status int
	answer []byte
	sure   bool // the request was ordinary: a retry must get the same answer
}

// takesKey is whether the operation documents the header.
func (d *draft) takesKey() bool {
	return d.Op.Spec.Parameters.GetByInAndName("header", "Idempotency-Key") != nil
}

// key is the one that a request carries, if it is one.
func (d *draft) key() string {
	key := strings.Trim(d.header("Idempotency-Key"), " ")
	unprintable := func(r rune) bool { return r < ' ' || r > '~' }
	if len(d.values("Idempotency-Key")) > 1 || len(key) > 255 || strings.ContainsFunc(key, unprintable) {
		return ""
	}
	return key
}

// replays compares an answer with the first one under the same key: the same body gets the same answer, byte for byte, another
// body is refused, and nothing is done twice.
func (f *fuzzer) replays(d *draft, odd bool, r reply, all *findings) {
	add := func(format string, args ...any) { all.add("key", format, args...) }
	replayed := r.Header.Get("Idempotency-Replayed") != ""
	key := d.key()
	if key == "" || !d.takesKey() || d.Elsewhere || d.spoilsToken() || r.Status == 0 {
		if replayed && !d.Elsewhere && !f.ended[d.header("Authorization")] {
			add("replayed, without a key")
		}
		return
	}
	scope := strings.Join([]string{d.Caller.Name, d.Op.Service, d.Method, d.Path, key}, " ")
	body := canonical(d.body())
	first, known := f.keys[scope]
	switch {
	case !known && replayed:
		add("replayed, and it was never answered")
	case !known:
		if r.Status < 300 || r.Status == http.StatusNotFound || r.Status == http.StatusConflict {
			f.keys[scope] = keyed{body, r.Status, r.Body, !odd}
		}
	case replayed && (r.Status != first.status || !bytes.Equal(r.Body, first.answer)):
		add("first it was %d %s", first.status, first.answer)
	case replayed && !odd && body != first.body:
		add("another body got the answer to %s", first.body)
	case !replayed && r.Status < 300:
		add("done twice; first it was %d %s", first.status, first.answer)
	case !replayed && !odd && first.sure && body == first.body:
		add("not replayed; first it was %d %s", first.status, first.answer)
	case !replayed && !odd && first.sure && !bytes.Contains(r.Body, []byte("CLAVE_REUTILIZADA")):
		add("another body was not refused as such; the first was %s", first.body)
	}
}

// canonical is a body as a JSON value: order and blanks do not count.
func canonical(body []byte) string {
	if v, err := decode(body); err == nil {
		return leaf(v).raw
	}
	return string(body)
}
