package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/tests/shop"
)

// A customer who sends very short deadlines must not open the breakers that all other orders use.
func TestDeadline_of_a_customer_is_no_evidence(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	product, hasty, other := s.Product(1000), s.Customer(), s.Customer()
	order := shop.Object{"producto_id": product, "cantidad": 1}
	for range 50 {
		got := s.Call("pedidos", "POST", "/pedidos", hasty, order, "X-Timeout-Ms", "3")
		assert.Equal(t, 201, got.Status, "of a customer the header means nothing: %s", got.Body)
	}
	assert.Equal(t, 201, s.Call("pedidos", "POST", "/pedidos", other, order).Status)
	metrics := string(s.Call("pedidos", "GET", "/metrics", "", nil).Body)
	for _, peer := range []string{"productos", "inventario"} {
		assert.Contains(t, metrics, `peer_breaker_state{peer="`+peer+`",state="closed"} 1`)
	}
}
