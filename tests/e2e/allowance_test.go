package e2e_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/tests/shop"
)

// The orders of a whole shop need more requests than one address may send: services call each other with their own tokens, and
// no address is limited for it.
func TestAllowance_orders_do_not_share_it(t *testing.T) {
	t.Parallel()
	const perMinute, customers, orders = 60, 6, 20 // twice the limit of one address
	s := shop.New(t, shop.Options{Env: map[string]string{"RATE_LIMIT_PER_MINUTE": strconv.Itoa(perMinute)}})
	product := s.Product(1000)
	tokens := make([]string, customers)
	for i := range tokens {
		tokens[i] = s.Customer()
	}
	for range orders {
		for _, token := range tokens {
			got := s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
			assert.Equal(t, 201, got.Status, string(got.Body))
		}
	}
}
