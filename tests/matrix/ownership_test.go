package matrix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// belongs has the owner of the things at every path with an id, or at one operation of the path: a user or the shop. A thing of a
// user does not exist for other users; a thing of the shop is not open to them.
func belongs() map[string]string {
	return map[string]string{
		"/usuarios/{id}":  "the shop",
		"/productos/{id}": "the shop", "/productos/{id}/restaurar": "the shop",
		"/inventario/{producto_id}": "the shop", "/inventario/{producto_id}/movimientos": "the shop",
		"/inventario/{producto_id}/recuento": "the shop", "/inventario/{producto_id}/minimo": "the shop",
		"/inventario/verificacion/{id}": "the shop", "/devoluciones/{id}": "the shop", "/reservas/{id}": "the shop",
		"/reservas/{id}/consumir": "the shop", "/reservas/{id}/liberar": "the shop", "/pedidos/{id}": "a user",
		"/pedidos/{id}/explicacion": "a user", "/pedidos/{id}/devoluciones": "a user", "/pedidos/{id}/aceptar": "the shop",
		"POST /pedidos/{id}/devoluciones": "the shop",
	}
}

// TestOwnership: for every operation, a thing of another user and a thing that does not exist have the same answer.
func TestOwnership(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{Env: Secrets(), Quiet: true})
	w := NewWorld(t, s)
	b := w.cast.Named("cliente B").Tokens["pedidos"]
	own, unknown := w.orderOfA(), int64(987_654_321)
	owners, compared := belongs(), 0
	for _, document := range Documents(t, s) {
		for _, o := range document.Operations {
			if !strings.Contains(o.Path, "{") {
				continue
			}
			owner := cmp.Or(owners[o.String()], owners[o.Path])
			require.NotEmpty(t, owner, "belongs, in tests/matrix/ownership_test.go, does not say whose %s is: add it", o.Path)
			if owner != "a user" {
				continue
			}
			for name, r := range variations(o) {
				t.Run(o.String()+"/"+name, func(t *testing.T) {
					for _, spelling := range []string{"%d", "%d.0", "%d0e-1", "00%d"} { // all spell the same whole number
						ask := func(id int64) shop.Answer {
							path := strings.Replace(o.Path, "{id}", fmt.Sprintf(spelling, id), 1) + r.Path
							return s.Call(o.Service, o.Method, path, b, r.Body, r.Headers...)
						}
						others, none := ask(own), ask(unknown)
						require.Equal(t, http.StatusNotFound, others.Status, "%s: %s", spelling, others.Body)
						require.Equal(t, http.StatusNotFound, none.Status, "%s: %s", spelling, none.Body)
						assert.Equal(t, comparable(t, none.Body), comparable(t, others.Body), spelling)
						assert.Equal(t, slices.Sorted(maps.Keys(none.Header)), slices.Sorted(maps.Keys(others.Header)), spelling)
					}
				})
				compared++
			}
		}
	}
	assert.Greater(t, compared, 10)
	after := s.Must(200, "pedidos", "GET", fmt.Sprintf("/pedidos/%d", own), w.cast.Named("cliente A").Tokens["pedidos"], nil)
	assert.Equal(t, "RESERVADO", after.Text("fase"), "it was touched")
	s.Must(403, "pedidos", "GET", "/pedidos?usuario_id="+fmt.Sprint(w.cast.Named("cliente A").ID), b, nil)
	assert.Equal(t, "[]", strings.TrimSpace(string(s.Must(200, "pedidos", "GET", "/pedidos", b, nil).Body)),
		"a list shows what is another's")
}

// variations are requests about a thing. The answer to a wrong request must be the same 404.
func variations(o openapi.Operation) map[string]Request {
	all := map[string]Request{
		"plain":             {},
		"if_match":          {Headers: []string{"If-Match", `"1"`}},
		"if_match_of_past":  {Headers: []string{"If-Match", `"99"`}},
		"if_none_match":     {Headers: []string{"If-None-Match", "*"}},
		"unknown_parameter": {Path: "?que=1"},
	}
	if o.Method != http.MethodPatch {
		return all
	}
	for name := range all {
		r := all[name]
		r.Body = shop.Object{"estado": "CANCELADO"}
		all[name] = r
	}
	all["complete"] = Request{Body: shop.Object{"estado": "COMPLETADO"}}
	all["key"] = Request{Body: shop.Object{"estado": "CANCELADO"}, Headers: []string{"Idempotency-Key", "una"}}
	all["unknown_state"] = Request{Body: shop.Object{"estado": "PENDIENTE"}}
	all["unknown_member"] = Request{Body: shop.Object{"estado": "CANCELADO", "total": 0}}
	all["wrong_type"] = Request{Body: shop.Object{"estado": 1}}
	all["if_match_unreadable"] = Request{Body: shop.Object{"estado": "CANCELADO"}, Headers: []string{"If-Match", "uno"}}
	return all
}

// comparable is a problem without what may differ.
func comparable(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var problem map[string]any
	require.NoError(t, json.Unmarshal(body, &problem))
	delete(problem, "request_id")
	delete(problem, "instance")
	return problem
}
