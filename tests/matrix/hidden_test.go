package matrix

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestHidden: for a visitor and a customer neither a draft nor a draft that was archived exists: every request about one has the
// same answer as a request about an id that no product has.
func TestHidden(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, shop.New(t, shop.Options{Env: Secrets(), Quiet: true}))
	customer := w.cast.Named("cliente A")
	const unknown = int64(987_654_321)
	lines := func(id int64) shop.Object {
		return shop.Object{"lineas": []shop.Object{{"producto_id": id, "cantidad": 1}}}
	}
	requests := []struct {
		service, method, path string // ID is the id of the product
		headers               []string
		body                  func(id int64) shop.Object
		key                   bool // with a new Idempotency-Key
	}{
		{"productos", "GET", "/productos/ID", nil, nil, false},
		{"productos", "GET", "/productos/ID", []string{"If-None-Match", "*"}, nil, false},
		{"productos", "GET", "/productos/ID", []string{"If-None-Match", `"1", "2", "3", "4"`}, nil, false},
		{"productos", "HEAD", "/productos/ID", nil, nil, false},
		{"productos", "HEAD", "/productos?ids=ID", nil, nil, false},
		{"productos", "GET", "/productos?ids=ID", nil, nil, false},
		{"productos", "GET", "/productos?sku=OCULTO-ID", nil, nil, false},
		{"productos", "GET", "/productos?nombre=Oculto+ID", nil, nil, false},
		{"inventario", "GET", "/disponibilidad?ids=ID", nil, nil, false},
		{"inventario", "HEAD", "/disponibilidad?ids=ID", nil, nil, false},
		{"pedidos", "POST", "/pedidos", nil, lines, false},
		{"pedidos", "POST", "/pedidos", nil, lines, true},
		{"pedidos", "POST", "/pedidos", nil, func(id int64) shop.Object {
			return shop.Object{"producto_id": id, "cantidad": 900_000}
		}, false},
		{"pedidos", "POST", "/pedidos", nil, func(id int64) shop.Object {
			return shop.Object{"producto_id": id, "cantidad": 1, "precio_esperado": 1, "moneda_esperada": "USD"}
		}, false},
	}
	for name, id := range w.hidden() {
		for i, r := range requests {
			tokens := map[string]string{"customer": customer.Tokens[r.service]}
			if r.service != "pedidos" {
				tokens["visitor"] = ""
			}
			for who, token := range tokens {
				t.Run(fmt.Sprintf("%s/%s %s %d/%s", name, r.method, r.path, i, who), func(t *testing.T) {
					ask := func(id int64) (shop.Answer, string) {
						path, body := strings.Replace(r.path, "ID", fmt.Sprint(id), 1), any(nil)
						if r.body != nil {
							body = r.body(id)
						}
						headers := r.headers
						if r.key {
							headers = []string{"Idempotency-Key", w.unique("clave")}
						}
						a := w.shop.Call(r.service, r.method, path, token, body, headers...)
						return a, nameless(t, a.Body, id)
					}
					none, noneBody := ask(unknown)
					got, gotBody := ask(id)
					require.Equal(t, none.Status, got.Status, "%s", got.Body)
					assert.Equal(t, noneBody, gotBody)
					assert.Equal(t, slices.Sorted(maps.Keys(none.Header)), slices.Sorted(maps.Keys(got.Header)))
				})
			}
		}
		staff := w.cast.Named("catalogo").Tokens["pedidos"]
		refused := w.shop.Must(409, "pedidos", "POST", "/pedidos", staff, lines(id))
		assert.Equal(t, "PRODUCTO_NO_DISPONIBLE", refused.Text("codigo"), "staff sees it: %s", name)
	}
}

// hidden makes products that only staff and services see, by their story, each with units in stock.
func (w *World) hidden() map[string]int64 {
	staff, all := w.shop.Admin(), map[string]int64{}
	for name, steps := range map[string][]string{
		"draft": nil, "draft that was archived": {"DELETE"}, "withdrawn": {"PATCH"}, "withdrawn and archived": {"PATCH", "DELETE"},
		"archived, restored and archived": {"DELETE", "restaurar", "DELETE"},
	} {
		id := w.newProduct()
		path := fmt.Sprintf("/productos/%d", id)
		change := shop.Object{"nombre": fmt.Sprintf("Oculto %d", id), "sku": fmt.Sprintf("OCULTO-%d", id)}
		if len(steps) == 0 || steps[0] != "PATCH" {
			change["estado"] = "BORRADOR"
		}
		w.shop.Must(200, "productos", "PATCH", path, staff, change)
		w.shop.Must(201, "inventario", "POST", "/inventario", staff, shop.Object{"producto_id": id, "cantidad": 5})
		for _, step := range steps {
			switch step {
			case "PATCH":
				w.shop.Must(200, "productos", "PATCH", path, staff, shop.Object{"estado": "BORRADOR"})
			case "restaurar":
				w.shop.Must(200, "productos", "POST", path+"/restaurar", staff, nil)
			case "DELETE":
				w.shop.Must(204, "productos", "DELETE", path, staff, nil)
			}
		}
		all[name] = id
	}
	return all
}

// nameless is an answer without the id that it is about, and without what is another in each answer.
func nameless(t *testing.T, body []byte, id int64) string {
	t.Helper()
	if len(body) == 0 {
		return ""
	}
	var value any
	require.NoError(t, json.Unmarshal(body, &value), "%s", body)
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "request_id")
			delete(v, "instance")
			for k := range v {
				v[k] = walk(v[k])
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case float64:
			if v == float64(id) {
				return "the product"
			}
		}
		return v
	}
	raw, err := json.Marshal(walk(value))
	require.NoError(t, err)
	return string(raw)
}
