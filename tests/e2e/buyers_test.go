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
	pairs(t, func(t *testing.T, s *shop.Shop, doors []string) {
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
				answers[i], errs[i] = s.Do(doors[i%len(doors)], "POST", "/pedidos", tokens[i%len(tokens)],
					shop.Object{"producto_id": product, "cantidad": 1})
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

// TestCrossedLines sets orders of (A, B) against orders of (B, A) while one of them is short: each is placed completely or not
// at all, and no answer is about a lock.
func TestCrossedLines(t *testing.T) {
	pairs(t, func(t *testing.T, s *shop.Shop, doors []string) {
		const buyers, units = 200, 30
		plenty, short := s.Product(1000), s.Product(units)
		token := s.Customer()
		statuses := make([]int, buyers)
		var all sync.WaitGroup
		for i := range statuses {
			all.Go(func() {
				lines := []shop.Object{{"producto_id": plenty, "cantidad": 2}, {"producto_id": short, "cantidad": 1}}
				if i%2 == 0 {
					lines[0], lines[1] = lines[1], lines[0]
				}
				a, err := s.Do(doors[i%len(doors)], "POST", "/pedidos", token, shop.Object{"lineas": lines})
				if assert.NoError(t, err) {
					statuses[i] = a.Status
				}
			})
		}
		all.Wait()
		count := map[int]int{}
		for _, status := range statuses {
			count[status]++
		}
		assert.Equal(t, map[int]int{201: units, 409: buyers - units}, count)
		_, _, held := s.Stock(plenty)
		assert.EqualValues(t, 2*units, held)
		_, _, held = s.Stock(short)
		assert.EqualValues(t, units, held)
	})
}
