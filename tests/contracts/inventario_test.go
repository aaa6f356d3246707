//go:build pact

package contracts

import (
	"context"
	"testing"

	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/pedidos/adapters/inventario"
	"github.com/tienda-go/tienda/pedidos/domain"

	"github.com/tienda-go/tienda/kit/fault"
)

// The reservations of the examples. Each is used by one exchange alone, so that none changes another's state.
const (
	unseen    = "00000000-0000-4000-8000-000000000001"
	held      = "00000000-0000-4000-8000-000000000002"
	short     = "00000000-0000-4000-8000-000000000003"
	closed    = "00000000-0000-4000-8000-000000000004"
	heldToo   = "00000000-0000-4000-8000-000000000005"
	never     = "00000000-0000-4000-8000-000000000006"
	consumed  = "00000000-0000-4000-8000-000000000007"
	toConsume = "00000000-0000-4000-8000-000000000008"
	unknown   = "00000000-0000-4000-8000-000000000009"
	released  = "00000000-0000-4000-8000-000000000010"
	refused   = "00000000-0000-4000-8000-000000000011"
	long      = "00000000-0000-4000-8000-000000000012"
	returned  = "00000000-0000-4000-8000-000000000013"
	returning = "00000000-0000-4000-8000-000000000014"
)

const (
	goodToken = "credencial-de-pedidos" // replaced by a real one
	badToken  = "credencial-que-no-vale"
)

type fixed string

func (f fixed) Token(context.Context) (string, error) { return string(f), nil }
func (fixed) Invalidate(string)                       {}

func TestPedidos_inventario(t *testing.T) {
	t.Parallel()
	two := []domain.Linea{{ProductoID: 1, Cantidad: 2}}
	lines := object{"lineas": []object{{"producto_id": 1, "cantidad": 2}}, "referencia": "pedido 17"}
	back := []domain.LineaDevuelta{{ProductoID: 1, Cantidad: 2}}
	hundred := make([]object, 100) // product 1 and 99 that have no stock
	for i := range hundred {
		hundred[i] = object{"producto_id": i + 1, "cantidad": 1}
	}
	reservas := func(url, token string) *inventario.Reservas {
		return inventario.New(client("inventario", url, fixed(token)))
	}
	auth := func(token string) map[string]matchers.Matcher {
		return map[string]matchers.Matcher{"Authorization": matchers.S("Bearer " + token)}
	}
	good := auth(goodToken)
	is := func(id, estado string) object { return object{"id": id, "estado": estado} }
	contract(t, "pedidos", "inventario", []exchange{{
		name: "hold units", state: "product 1 has 10 units",
		method: "PUT", path: "/reservas/" + unseen, header: good, body: lines, status: 201, answer: is(unseen, "ACTIVA"),
		use: func(t *testing.T, url string) {
			assert.NoError(t, reservas(url, goodToken).Reservar(t.Context(), unseen, 17, two))
		},
	}, {
		name: "hold units once more under the same id", state: "reservation " + held + " holds 2 units of product 1",
		method: "PUT", path: "/reservas/" + held, header: good, body: lines, status: 200, answer: is(held, "ACTIVA"),
		use: func(t *testing.T, url string) {
			assert.NoError(t, reservas(url, goodToken).Reservar(t.Context(), held, 17, two))
		},
	}, {
		name: "hold more than there is", state: "product 1 has 10 units",
		method: "PUT", path: "/reservas/" + short, header: good,
		body: object{"lineas": []object{{"producto_id": 1, "cantidad": 1_000_000}, {"producto_id": 98, "cantidad": 1}},
			"referencia": "pedido 17"},
		status: 409, problem: true, answer: object{"codigo": "STOCK_INSUFICIENTE", "lineas": []object{
			{"producto_id": 1, "solicitado": 1_000_000, "disponible": whole(10)}, {"producto_id": 98, "solicitado": 1, "disponible": 0},
		}},
		use: func(t *testing.T, url string) {
			err := reservas(url, goodToken).
				Reservar(t.Context(), short, 17, []domain.Linea{{ProductoID: 1, Cantidad: 1_000_000}, {ProductoID: 98, Cantidad: 1}})
			var none *domain.SinStock
			require.ErrorAs(t, err, &none)
			assert.Equal(t, []domain.Falta{{ProductoID: 1, Solicitado: 1_000_000, Disponible: 10}, {ProductoID: 98, Solicitado: 1}},
				none.Faltas)
		},
	}, {
		name: "hold as many lines as an order may have", state: "product 1 has 10 units",
		method: "PUT", path: "/reservas/" + long, header: good, body: object{"lineas": hundred, "referencia": "pedido 17"}, status: 409,
		problem: true, answer: object{
			"codigo": "STOCK_INSUFICIENTE",
			"lineas": matchers.EachLike(object{"producto_id": whole(2), "solicitado": whole(1), "disponible": whole(0)}, 1),
		},
		use: func(t *testing.T, url string) {
			lines := make([]domain.Linea, 100)
			for i := range lines {
				lines[i] = domain.Linea{ProductoID: int64(i + 1), Cantidad: 1}
			}
			assert.ErrorIs(t, reservas(url, goodToken).Reservar(t.Context(), long, 17, lines), domain.ErrStockInsuficiente)
		},
	}, {
		name: "hold units under an id that is closed", state: "reservation " + closed + " is released",
		method: "PUT", path: "/reservas/" + closed, header: good, body: lines, status: 409, problem: true,
		answer: problem("RESERVA_TERMINADA"),
		use: func(t *testing.T, url string) {
			assert.ErrorIs(t, reservas(url, goodToken).Reservar(t.Context(), closed, 17, two), domain.ErrReservaTerminada)
		},
	}, {
		name: "hold units with a token that is refused", state: "product 1 has 10 units",
		method: "PUT", path: "/reservas/" + refused, header: auth(badToken), body: lines, status: 401, problem: true,
		answer: problem("NO_AUTENTICADO"),
		use: func(t *testing.T, url string) {
			assert.ErrorIs(t, reservas(url, badToken).Reservar(t.Context(), refused, 17, two), fault.ErrUnavailable)
		},
	}, {
		name: "hold units while inventario cannot", state: "the database is down",
		method: "PUT", path: "/reservas/" + refused, header: good, body: lines, status: 503, answerHeader: retryAfter, problem: true,
		answer: problem("SERVICIO_NO_DISPONIBLE"),
		use: func(t *testing.T, url string) {
			err := reservas(url, goodToken).Reservar(t.Context(), refused, 17, two)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			assert.Positive(t, fault.From(err).RetryAfter)
		},
	}, {
		name: "release", state: "reservation " + heldToo + " holds 2 units of product 1",
		method: "POST", path: "/reservas/" + heldToo + "/liberar", header: good, status: 200, answer: is(heldToo, "LIBERADA"),
		use: func(t *testing.T, url string) {
			assert.NoError(t, reservas(url, goodToken).Liberar(t.Context(), heldToo))
		},
	}, {
		name: "release what was never held", state: "product 1 has 10 units",
		method: "POST", path: "/reservas/" + never + "/liberar", header: good, status: 200, answer: is(never, "LIBERADA"),
		use: func(t *testing.T, url string) {
			assert.NoError(t, reservas(url, goodToken).Liberar(t.Context(), never))
		},
	}, {
		name: "release what was consumed", state: "reservation " + consumed + " is consumed",
		method: "POST", path: "/reservas/" + consumed + "/liberar", header: good, status: 409, problem: true,
		answer: problem("RESERVA_TERMINADA"),
		use: func(t *testing.T, url string) {
			assert.ErrorIs(t, reservas(url, goodToken).Liberar(t.Context(), consumed), domain.ErrReservaTerminada)
		},
	}, {
		name: "consume", state: "reservation " + toConsume + " holds 2 units of product 1",
		method: "POST", path: "/reservas/" + toConsume + "/consumir", header: good, status: 200, answer: is(toConsume, "CONSUMIDA"),
		use: func(t *testing.T, url string) {
			assert.NoError(t, reservas(url, goodToken).Consumir(t.Context(), toConsume))
		},
	}, {
		name: "consume what was never held", state: "product 1 has 10 units",
		method: "POST", path: "/reservas/" + unknown + "/consumir", header: good, status: 404, problem: true,
		answer: problem("RESERVA_NO_EXISTE"),
		use: func(t *testing.T, url string) {
			assert.ErrorIs(t, reservas(url, goodToken).Consumir(t.Context(), unknown), domain.ErrReservaNoExiste)
		},
	}, {
		name: "consume what was released", state: "reservation " + released + " is released",
		method: "POST", path: "/reservas/" + released + "/consumir", header: good, status: 409, problem: true,
		answer: problem("RESERVA_TERMINADA"),
		use: func(t *testing.T, url string) {
			assert.ErrorIs(t, reservas(url, goodToken).Consumir(t.Context(), released), domain.ErrReservaTerminada)
		},
	}, {
		name: "put units back", state: "product 1 has 10 units",
		method: "PUT", path: "/devoluciones/" + returning, header: good, body: lines, status: 201, answer: object{"id": returning},
		use: func(t *testing.T, url string) {
			assert.NoError(t, reservas(url, goodToken).Reponer(t.Context(), returning, 17, back))
		},
	}, {
		name: "put units back once more under the same id", state: "return " + returned + " has put 2 units of product 1 back",
		method: "PUT", path: "/devoluciones/" + returned, header: good, body: lines, status: 200, answer: object{"id": returned},
		use: func(t *testing.T, url string) {
			assert.NoError(t, reservas(url, goodToken).Reponer(t.Context(), returned, 17, back))
		},
	}, {
		name: "put units back while inventario cannot", state: "the database is down",
		method: "PUT", path: "/devoluciones/" + returning, header: good, body: lines, status: 503, answerHeader: retryAfter,
		problem: true, answer: problem("SERVICIO_NO_DISPONIBLE"),
		use: func(t *testing.T, url string) {
			assert.ErrorIs(t, reservas(url, goodToken).Reponer(t.Context(), returning, 17, back), fault.ErrUnavailable)
		},
	}})
}
