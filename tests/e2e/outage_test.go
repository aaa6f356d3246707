package e2e_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/tests/shop"
)

// unavailable demands the 503 of a dependency that is down, with the time to wait.
func unavailable(t *testing.T, a shop.Answer) {
	t.Helper()
	assert.Equal(t, 503, a.Status, string(a.Body))
	assert.Equal(t, "SERVICIO_NO_DISPONIBLE", a.Text("codigo"))
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	assert.NoError(t, err)
	assert.GreaterOrEqual(t, seconds, 1)
}

// TestPeerDown: a peer that is down is a 503, never a "does not exist", and leaves no reservation and no open order.
func TestPeerDown(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		product, token := s.Product(10), s.Customer()
		order := s.Must(201, "pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 4})

		t.Run("inventario", func(t *testing.T) {
			s.Kill("inventario")
			for range 8 { // more than the circuit needs to open: the answer stays the same
				unavailable(t, s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}))
			}
			assert.Contains(t, string(s.Call("pedidos", "GET", "/metrics", "", nil).Body),
				`peer_breaker_state{peer="inventario",state="closed"} 0`, "calls fail at once")
			path := fmt.Sprintf("/pedidos/%d", order.Int("id"))
			assert.Equal(t, 200, s.Call("pedidos", "GET", path, token, nil).Status, "what needs no peer works")
			cancel := s.Call("pedidos", "PATCH", path, token, shop.Object{"estado": "CANCELADO"})
			assert.Equal(t, 202, cancel.Status, string(cancel.Body))
			assert.Equal(t, "CANCELANDO", cancel.Text("fase"))
			assert.Equal(t, 200, s.Call("pedidos", "GET", "/health/ready", "", nil).Status, "degraded, not unready")

			s.Start("inventario")
			s.Eventually("every order is cancelled", func() bool {
				open := s.Must(200, "pedidos", "GET", "/pedidos?estado=PENDIENTE", token, nil)
				return string(open.Body) == "[]" || string(open.Body) == "[]\n"
			})
			assert.Equal(t, "USUARIO", s.Must(200, "pedidos", "GET", path, token, nil).Text("motivo_cancelacion"))
			assert.Equal(t, "SISTEMA", s.Must(200, "pedidos", "GET", "/pedidos", token, nil).Text("0.motivo_cancelacion"))
			cantidad, fisico, reservado := s.Stock(product)
			assert.Equal(t, []int64{10, 10, 0}, []int64{cantidad, fisico, reservado})
		})
		t.Run("productos", func(t *testing.T) {
			s.Kill("productos")
			unavailable(t, s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}))
			unavailable(t, s.Call("inventario", "POST", "/inventario", s.Admin(), shop.Object{"producto_id": 999, "cantidad": 1}))
			s.Start("productos")
		})
		t.Run("auth", func(t *testing.T) {
			s.Kill("auth")
			assert.Equal(t, 200, s.Call("pedidos", "GET", "/pedidos", token, nil).Status, "tokens already issued keep working")
			s.Restart("pedidos") // the keys are kept across restarts
			assert.Equal(t, 200, s.Call("pedidos", "GET", "/pedidos", token, nil).Status)
			s.Start("auth")
			assert.Equal(t, 200, s.Call("pedidos", "GET", "/pedidos", token, nil).Status, "auth signs with the same keys as before")
		})
		s.Eventually("orders are taken again", func() bool {
			return s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}).Status == 201
		})
	})
}
