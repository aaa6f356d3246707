package productos_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/resilience"

	"github.com/tienda-go/tienda/pedidos/adapters/productos"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func cliente(t *testing.T, h http.HandlerFunc) *productos.Catalogo {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return productos.New(httpclient.New(httpclient.Options{
		Peer: "productos", BaseURL: server.URL, Policy: resilience.New(resilience.Options{Peer: "productos", Attempts: 1}),
	}))
}

// TestCatalogo runs the adapter against a server that speaks as productos' OpenAPI document says; tests/contracts and tests/e2e
// run it against the real one.
func TestCatalogo(t *testing.T) {
	portstest.CatalogoSuite(t, func(t *testing.T, articulos ...domain.Articulo) ports.Catalogo {
		return cliente(t, func(w http.ResponseWriter, r *http.Request) {
			list := []map[string]any{}
			for id := range strings.SplitSeq(r.URL.Query().Get("ids"), ",") {
				at := slices.IndexFunc(articulos, func(a domain.Articulo) bool { return strconv.FormatInt(a.ID, 10) == id })
				if at < 0 {
					continue
				}
				a := articulos[at]
				estado := map[bool]string{true: "ACTIVO", false: "ARCHIVADO"}[a.EnVenta]
				list = append(list, map[string]any{
					"id": a.ID, "nombre": a.Nombre, "precio": a.Precio, "moneda": a.Moneda, "estado": estado, "version": 1,
					"oculto": a.Oculto, "un_campo_nuevo": true,
				})
			}
			w.Header().Set("Content-Type", "application/json")
			assert.NoError(t, json.NewEncoder(w).Encode(list))
		})
	})
}

// An incomplete answer must not lead to an order at a wrong price, or to "the product does not exist".
func TestCatalogo_no_cree_respuestas_rotas(t *testing.T) {
	t.Parallel()
	good := `{"id":1,"nombre":"P","precio":1,"moneda":"EUR","estado":"ACTIVO"}`
	for name, body := range map[string]string{
		"sin_precio":      `[{"id":1,"nombre":"P","moneda":"EUR","estado":"ACTIVO"}]`,
		"precio_nulo":     `[{"id":1,"nombre":"P","precio":null,"moneda":"EUR","estado":"ACTIVO"}]`,
		"precio_texto":    `[{"id":1,"nombre":"P","precio":"1","moneda":"EUR","estado":"ACTIVO"}]`,
		"precio_negativo": `[{"id":1,"nombre":"P","precio":-1,"moneda":"EUR","estado":"ACTIVO"}]`,
		"mil_decimales":   `[{"id":1,"nombre":"P","precio":1.999,"moneda":"EUR","estado":"ACTIVO"}]`,
		"sin_nombre":      `[{"id":1,"precio":1,"moneda":"EUR","estado":"ACTIVO"}]`,
		"sin_moneda":      `[{"id":1,"nombre":"P","precio":1,"estado":"ACTIVO"}]`,
		"otra_moneda":     `[{"id":1,"nombre":"P","precio":1,"moneda":"euros","estado":"ACTIVO"}]`,
		"sin_estado":      `[{"id":1,"nombre":"P","precio":1,"moneda":"EUR"}]`,
		"otro_id":         `[{"id":2,"nombre":"P","precio":1,"moneda":"EUR","estado":"ACTIVO"}]`,
		"no_es_lista":     good,
		"cortada":         `[` + good,
	} {
		c := cliente(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		})
		got, err := c.Articulos(t.Context(), []int64{1})
		require.ErrorIs(t, err, fault.ErrUnavailable, name)
		assert.Nil(t, got, name)
	}
	refused := cliente(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"codigo":"NO_ENCONTRADO","status":404}`))
	})
	_, err := refused.Articulos(t.Context(), []int64{1})
	assert.ErrorIs(t, err, fault.ErrUnavailable, "a route that is not there is not a product that is not there")
}
