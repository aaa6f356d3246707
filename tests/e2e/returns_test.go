package e2e_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// rows reads a list.
func rows(t *testing.T, s *shop.Shop, service, path, token string) (list []map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(s.Must(200, service, "GET", path, token, nil).Body, &list))
	return list
}

// TestReturns: a return while inventario is down is done once, when inventario is up again; the ledger names the order.
func TestReturns(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, s *shop.Shop, doors []string) {
		product, customer, admin := s.Product(10), s.Customer(), s.Admin()
		id := s.Must(201, "pedidos", "POST", "/pedidos", customer, shop.Object{"producto_id": product, "cantidad": 4}).Int("id")
		name, order := fmt.Sprintf("pedido %d", id), fmt.Sprintf("/pedidos/%d", id)
		ledger := fmt.Sprintf("/inventario/%d/movimientos", product)
		taken := rows(t, s, "inventario", ledger, admin)[0]
		assert.Equal(t, []any{"RESERVA", name}, []any{taken["tipo"], taken["referencia"]})

		refused := s.Must(409, "inventario", "POST", fmt.Sprintf("/inventario/%d/recuento", product), admin,
			shop.Object{"contado": 3, "esperado": 10})
		assert.Contains(t, string(refused.Body), `"`+name+`"`, "a count that the order is in the way of names it")
		held := rows(t, s, "pedidos", fmt.Sprintf("/pedidos?producto_id=%d&estado=PENDIENTE", product), admin)
		require.Len(t, held, 1)
		assert.EqualValues(t, id, held[0]["id"])
		story := s.Must(200, "pedidos", "GET", order+"/explicacion", admin, nil)
		assert.Equal(t, taken["reserva_id"], story.Text("reserva_id"))
		assert.Equal(t, taken["request_id"], story.Text("request_id"))

		s.Must(200, "pedidos", "POST", order+"/aceptar", admin, nil)
		s.Must(409, "pedidos", "PATCH", order, customer, shop.Object{"estado": "CANCELADO"})
		s.Must(200, "pedidos", "PATCH", order, admin, shop.Object{"estado": "COMPLETADO"})
		for _, name := range s.Instances("inventario") {
			s.Kill(name)
		}
		body := shop.Object{"lineas": []shop.Object{{"producto_id": product, "cantidad": 3}}, "reponer": true}
		later := s.Call(doors[0], "POST", order+"/devoluciones", admin, body, key, "una")
		require.Equal(t, 202, later.Status, "%s", later.Body)
		assert.Equal(t, "EN_CURSO", later.Text("fase"))
		for _, door := range doors {
			s.Restart(door) // kill -9
		}
		for _, name := range s.Instances("inventario") {
			s.Start(name)
		}
		s.Eventually("the return is done",
			func() bool { return rows(t, s, "pedidos", order+"/devoluciones", customer)[0]["fase"] == "HECHA" })
		for _, door := range doors {
			again := s.Call(door, "POST", order+"/devoluciones", admin, body, key, "una")
			assert.Equal(t, string(later.Body), string(again.Body))
		}
		s.Must(409, "pedidos", "POST", order+"/devoluciones", admin, body)
		cantidad, fisico, reservado := s.Stock(product)
		assert.Equal(t, []int64{9, 9, 0}, []int64{cantidad, fisico, reservado}, "put back once")
		back := 0
		for _, m := range rows(t, s, "inventario", ledger, admin) {
			if m["tipo"] == "DEVOLUCION" {
				back++
				assert.Equal(t, name, m["referencia"])
			}
		}
		assert.Equal(t, 1, back)
	})
}

// TestUnitsOfACustomer: 40 orders of one customer at once, through every process and with keys or without, never hold more units
// of a product than one customer may.
func TestUnitsOfACustomer(t *testing.T) {
	t.Parallel()
	for engine, o := range map[string]shop.Options{
		"postgres": {Postgres: true, Instances: map[string]int{"pedidos": 2}}, "sqlite": {},
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			o.Env = map[string]string{"PEDIDO_UNIDADES_MAX": "7"}
			s := shop.New(t, o)
			product, customer, doors := s.Product(1000), s.Customer(), s.Instances("pedidos")
			answers := make([]shop.Answer, 40)
			var all sync.WaitGroup
			body := shop.Object{"producto_id": product, "cantidad": 2}
			for i := range answers {
				door := doors[i/2%len(doors)]
				all.Go(func() {
					if i%2 == 0 {
						answers[i] = insist(t, s, door, customer, strconv.Itoa(i), body)
						return
					}
					answers[i] = s.Call(door, "POST", "/pedidos", customer, body)
				})
			}
			all.Wait()
			statuses := map[int]int{}
			for _, a := range answers {
				statuses[a.Status]++
				switch a.Status {
				case 201:
				case 409:
					require.Equal(t, "LIMITE_POR_CLIENTE", a.Text("codigo"))
				default: // on a busy machine an order may reach its deadline
					unavailable(t, a)
				}
			}
			placed := statuses[201]
			require.LessOrEqual(t, placed, 3)
			require.True(t, placed == 3 || statuses[503] > 0, "orders were refused below the limit: %v", statuses)
			for ; placed < 3; placed++ { // in place of orders without an outcome, which give their units back
				s.Eventually("a further order is placed",
					func() bool { return s.Call(doors[0], "POST", "/pedidos", customer, body).Status == 201 })
			}
			settle(t, s)
			assert.Len(t, rows(t, s, "pedidos", "/pedidos?estado=PENDIENTE", customer), 3)
			for _, o := range rows(t, s, "pedidos", "/pedidos?limite=200&estado=CANCELADO", customer) {
				assert.Equal(t, "SISTEMA", o["motivo_cancelacion"], "what is refused leaves no order")
			}
			_, _, reservado := s.Stock(product)
			assert.EqualValues(t, 6, reservado)
		})
	}
}

// TestClosedAccount: its open orders stay, and staff finds and ends them.
func TestClosedAccount(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	product, customer, admin := s.Product(10), s.Customer(), s.Admin()
	id := s.Must(201, "pedidos", "POST", "/pedidos", customer, shop.Object{"producto_id": product, "cantidad": 4}).Int("id")
	user := s.Must(200, "auth", "GET", "/me", customer, nil).Int("id")
	s.Must(200, "auth", "PATCH", fmt.Sprintf("/usuarios/%d", user), admin, shop.Object{"activo": false})
	open := rows(t, s, "pedidos", fmt.Sprintf("/pedidos?usuario_id=%d&fase=RESERVADO", user), admin)
	require.Len(t, open, 1)
	assert.EqualValues(t, id, open[0]["id"])
	s.Must(200, "pedidos", "PATCH", fmt.Sprintf("/pedidos/%d", id), admin, shop.Object{"estado": "CANCELADO"})
	_, _, reservado := s.Stock(product)
	assert.Zero(t, reservado)
}
