package e2e_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestBuyers is the promise that stock is never oversold: 200 buyers at once, 50 units, exactly 50 sold.
func TestBuyers(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		const buyers, units = 200, 50
		product := s.Product(units)
		tokens := make([]string, 20) // some customers buy more than once: hashing 200 passwords is not the point here
		for i := range tokens {
			tokens[i] = s.Customer()
		}

		answers := make([]shop.Answer, buyers)
		errs := make([]error, buyers)
		begin := make(chan struct{})
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				<-begin
				answers[i], errs[i] = s.Do("pedidos", "POST", "/pedidos", tokens[i%len(tokens)], shop.Object{"producto_id": product, "cantidad": 1})
			})
		}
		close(begin)
		all.Wait()

		statuses := map[int]int{}
		for i, a := range answers {
			require.NoError(t, errs[i])
			statuses[a.Status]++
			switch a.Status {
			case 201:
				assert.Equal(t, "RESERVADO", a.Text("fase"))
			case 409:
				assert.Equal(t, "STOCK_INSUFICIENTE", a.Text("codigo"))
				assert.Positive(t, a.Int("pedido_id"))
			default:
				assert.Fail(t, "unexpected answer", "%d %s", a.Status, a.Body)
			}
		}
		assert.Equal(t, map[int]int{201: units, 409: buyers - units}, statuses)

		cantidad, fisico, reservado := s.Stock(product)
		assert.Equal(t, []int64{0, units, units}, []int64{cantidad, fisico, reservado})
	})
}
