package fuzz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/tienda-go/tienda/tests/matrix"
)

// subject is the path and the caller to read what a request would change.
type subject struct {
	service, path string
	reader        matrix.Caller
}

// subjectOf is nil for a request that changes nothing which can be read.
func (f *fuzzer) subjectOf(d *draft) *subject {
	path := d.path()
	parts := strings.Split(path, "/")
	if d.Method == http.MethodGet || d.Method == http.MethodHead || len(parts) < 2 || strings.ContainsAny(path, "%#;*") {
		return nil
	}
	s := &subject{service: d.Op.Service, reader: f.cast.Named("admin")}
	kind, id := parts[1], ""
	if len(parts) > 2 {
		id = parts[2]
	}
	switch {
	case kind == "me":
		s.path, s.reader = "/me", d.Caller
		if d.Caller.Role == "" || d.spoilsToken() {
			return nil
		}
	case kind == "reservas" && id != "":
		s.path, s.reader = "/reservas/"+id, f.cast.Named("servicio pedidos")
	case kind == "pedidos" && len(parts) > 3 && parts[3] == "devoluciones": // the newest
		s.path = "/pedidos/" + id + "/devoluciones?limite=1"
	case id != "" && (kind == "productos" || kind == "inventario" || kind == "pedidos" || kind == "usuarios"):
		s.path = "/" + kind + "/" + id
	case kind == "productos": // the next one, which is not there yet
		s.path = fmt.Sprintf("/productos/%d", f.pool.highest+1)
	case kind == "inventario":
		var body struct {
			ProductoID int64 `json:"producto_id"`
		}
		_ = json.Unmarshal(d.body(), &body) // 0 if it is unreadable
		s.path = fmt.Sprintf("/inventario/%d", max(1, body.ProductoID))
	case kind == "pedidos":
		s.path = "/pedidos?limite=1"
	default:
		return nil
	}
	return s
}

// read reads a subject.
func (f *fuzzer) read(s subject) reply {
	d := &draft{Method: http.MethodGet, Path: s.path, Headers: []pair{{"Authorization", "Bearer " + s.reader.Tokens[s.service]}}}
	w := f.wires[s.service]
	r, err := w.exchange(d.Method, d.bytes(w.address))
	if err != nil {
		return reply{Body: []byte(err.Error())}
	}
	return r
}

// untouched: a refused request has changed nothing.
func (f *fuzzer) untouched(s *subject, before, r reply, all *findings) {
	if r.Status < 400 || s == nil {
		return
	}
	if s.service == "pedidos" && bytes.Contains(r.Body, []byte(`"pedido_id"`)) {
		return // the order is kept, as one that was refused
	}
	after := f.read(*s)
	if before.Status != after.Status || before.Status < 400 && !bytes.Equal(before.Body, after.Body) {
		all.add("refused and done", "%s was %d %s, and is %d %s", s.path, before.Status, before.Body, after.Status, after.Body)
	}
}

// readBack: the change is stored, and equals the answer; but that to a new password, which has tokens.
func (f *fuzzer) readBack(d *draft, s *subject, r reply, all *findings) {
	if s == nil || r.Status >= 300 || r.Header.Get("Idempotency-Replayed") != "" || d.Op.Path == "/me/password" {
		return
	}
	there := *s
	if location := r.Header.Get("Location"); location != "" {
		there.path = location
	}
	after := f.read(there)
	if d.Method == http.MethodDelete {
		if !bytes.Contains(after.Body, []byte(`"estado":"ARCHIVADO"`)) {
			all.add("not there", "it was archived, and is %s", after.Body)
		}
		return
	}
	var told, found map[string]any
	if json.Unmarshal(r.Body, &told) != nil {
		return // the answer has no content
	}
	if strings.HasSuffix(d.Op.Path, "/devoluciones") { // a list of one
		after.Body = bytes.Trim(after.Body, "[]\n")
	}
	if after.Status != http.StatusOK || json.Unmarshal(after.Body, &found) != nil {
		all.add("not there", "GET %s is %d %s", there.path, after.Status, after.Body)
		return
	}
	for name, value := range told {
		if !reflect.DeepEqual(value, found[name]) {
			all.add("not what was told", "%s of %s was told as %v, and is %v", name, there.path, value, found[name])
		}
	}
	if tag := r.Header.Get("ETag"); tag != "" && tag != after.Header.Get("ETag") {
		all.add("not what was told", "ETag of %s was %s, and is %s", there.path, tag, after.Header.Get("ETag"))
	}
}
