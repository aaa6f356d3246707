//go:build pact

package contracts

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stockCatalogue "github.com/tienda-go/tienda/inventario/adapters/productos"
	stock "github.com/tienda-go/tienda/inventario/domain"
	orderCatalogue "github.com/tienda-go/tienda/pedidos/adapters/productos"
	orders "github.com/tienda-go/tienda/pedidos/domain"

	"github.com/tienda-go/tienda/kit/fault"
)

// estado is a closed set: pedidos sells what is ACTIVO and nothing else, so a further value is for its team to look at.
func estado(example string) matchers.Matcher {
	return matchers.Term(example, `^(BORRADOR|ACTIVO|ARCHIVADO)$`)
}

// listed is a product as pedidos reads it. Its price is exact: what costs 24.90 EUR must not come as 2490, or as 24.90 of
// something else.
func listed(id int, estado any) object {
	return object{"id": id, "nombre": text("Camiseta"), "precio": 24.9, "moneda": "EUR", "estado": estado}
}

// upTo100 is "1,2,…,100".
func upTo100() string {
	all := make([]string, 100)
	for i := range all {
		all[i] = strconv.Itoa(i + 1)
	}
	return strings.Join(all, ",")
}

// asService: the catalogue is read with the service's own token, so that the rate limit of visitors does not apply.
var asService = map[string]matchers.Matcher{"Authorization": matchers.S("Bearer " + goodToken)}

func TestPedidos_productos(t *testing.T) {
	t.Parallel()
	ask := func(t *testing.T, url string, ids ...int64) (map[int64]orders.Articulo, error) {
		t.Helper()
		return orderCatalogue.New(client("productos", url, fixed(goodToken))).Articulos(t.Context(), ids)
	}
	hidden := listed(3, "ARCHIVADO")
	hidden["oculto"] = true
	contract(t, "pedidos", "productos", []exchange{{
		name: "products by their ids, whether for sale or not", state: filled,
		method: "GET", path: "/productos", header: asService, query: map[string]string{"ids": "1,2"},
		status: 200, answer: []object{listed(1, "ACTIVO"), listed(2, "ARCHIVADO")},
		use: func(t *testing.T, url string) {
			found, err := ask(t, url, 1, 2)
			require.NoError(t, err)
			require.Len(t, found, 2)
			assert.Equal(t, orders.Articulo{ID: 1, Nombre: "Camiseta", Precio: 2490, Moneda: "EUR", EnVenta: true}, found[1])
			assert.False(t, found[2].EnVenta)
		},
	}, {
		name: "a draft that was archived says that it is hidden", state: filled,
		method: "GET", path: "/productos", header: asService, query: map[string]string{"ids": "3"},
		status: 200, answer: []object{hidden},
		use: func(t *testing.T, url string) {
			found, err := ask(t, url, 3)
			require.NoError(t, err)
			assert.True(t, found[3].Oculto)
		},
	}, {
		name: "every product has one of the states that are known", state: filled,
		method: "GET", path: "/productos", header: asService, query: map[string]string{"ids": "1"},
		status: 200, answer: matchers.ArrayMinMaxLike(listed(1, estado("ACTIVO")), 1, 1),
		use: func(t *testing.T, url string) {
			found, err := ask(t, url, 1)
			require.NoError(t, err)
			assert.True(t, found[1].EnVenta)
		},
	}, {
		name: "as many products as an order may have lines", state: filled,
		method: "GET", path: "/productos", header: asService, query: map[string]string{"ids": upTo100()},
		status: 200, answer: []object{listed(1, "ACTIVO"), listed(2, "ARCHIVADO"), hidden},
		use: func(t *testing.T, url string) {
			ids := make([]int64, 100)
			for i := range ids {
				ids[i] = int64(i + 1)
			}
			found, err := ask(t, url, ids...)
			require.NoError(t, err)
			assert.Len(t, found, 3)
		},
	}, {
		name: "a product that does not exist is left out", state: "product 99 does not exist",
		method: "GET", path: "/productos", header: asService, query: map[string]string{"ids": "99"},
		status: 200, answer: []object{},
		use: func(t *testing.T, url string) {
			found, err := ask(t, url, 99)
			require.NoError(t, err)
			assert.Empty(t, found)
		},
	}, {
		name: "products while the catalogue cannot be read", state: "the database is down",
		method: "GET", path: "/productos", header: asService, query: map[string]string{"ids": "1"},
		status: 503, answerHeader: retryAfter, problem: true, answer: problem("SERVICIO_NO_DISPONIBLE"),
		use: func(t *testing.T, url string) {
			_, err := ask(t, url, 1)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			assert.Positive(t, fault.From(err).RetryAfter)
		},
	}})
}

func TestInventario_productos(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, url string, id int64) error {
		t.Helper()
		return stockCatalogue.New(client("productos", url, fixed(goodToken)), time.Now).Comprobar(t.Context(), id)
	}
	onSale := func(t *testing.T, url string, ids ...int64) (map[int64]bool, error) {
		t.Helper()
		return stockCatalogue.New(client("productos", url, fixed(goodToken)), time.Now).EnVenta(t.Context(), ids)
	}
	contract(t, "inventario", "productos", []exchange{{
		name: "a product that exists", state: filled,
		method: "GET", path: "/productos/1", header: asService, status: 200, answer: object{"id": 1},
		use: func(t *testing.T, url string) { assert.NoError(t, check(t, url, 1)) },
	}, {
		name: "an archived product exists too", state: filled,
		method: "GET", path: "/productos/2", header: asService, status: 200, answer: object{"id": 2},
		use: func(t *testing.T, url string) { assert.NoError(t, check(t, url, 2)) },
	}, {
		name: "a product that does not exist", state: "product 99 does not exist",
		method: "GET", path: "/productos/99", header: asService, status: 404, problem: true, answer: problem("PRODUCTO_NO_EXISTE"),
		use: func(t *testing.T, url string) { assert.ErrorIs(t, check(t, url, 99), stock.ErrProductoNoExiste) },
	}, {
		name: "which of several products are for sale", state: filled,
		method: "GET", path: "/productos", header: asService, query: map[string]string{"ids": "1,2,99"},
		status: 200, answer: []object{{"id": 1, "estado": "ACTIVO"}, {"id": 2, "estado": "ARCHIVADO"}},
		use: func(t *testing.T, url string) {
			found, err := onSale(t, url, 1, 2, 99)
			require.NoError(t, err)
			assert.Equal(t, map[int64]bool{1: true, 2: false, 99: false}, found)
		},
	}, {
		name: "a product while the catalogue cannot be read", state: "the database is down",
		method: "GET", path: "/productos/1", header: asService, status: 503, answerHeader: retryAfter, problem: true,
		answer: problem("SERVICIO_NO_DISPONIBLE"),
		use: func(t *testing.T, url string) {
			err := check(t, url, 1)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			assert.Positive(t, fault.From(err).RetryAfter)
		},
	}})
}
