package e2e_test

import (
	"strconv"
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
			default: // on a busy machine an order may reach its deadline
				unavailable(t, a)
			}
		}
		t.Logf("answers: %v", statuses)
		sold := statuses[201]
		require.LessOrEqual(t, sold, units)
		require.True(t, sold == units || statuses[503] > 0, "units are left, and orders were refused: %v", statuses)
		order := func() shop.Answer {
			return s.Call(doors[0], "POST", "/pedidos", tokens[0], shop.Object{"producto_id": product, "cantidad": 1})
		}
		for ; sold < units; sold++ { // those that orders without an outcome give back
			s.Eventually("a unit that is left is sold", func() bool { return order().Status == 201 })
		}
		settle(t, s)
		s.Eventually("there are no units left", func() bool { return order().Status == 409 })
		cantidad, fisico, reservado := s.Stock(product)
		assert.Equal(t, []int64{0, units, units}, []int64{cantidad, fisico, reservado})
	})
}

// TestCrossedLines sets orders of (A, B) against orders of (B, A) while one of them is short: each is placed completely or not
// at all, and no order waits for a lock of another one that waits for it. A 503 of a busy machine is retried.
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
				statuses[i] = insist(t, s, doors[i%len(doors)], token, strconv.Itoa(i), shop.Object{"lineas": lines}).Status
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
		assert.Zero(t, deadlocks(t, s, "inventario"), "locks are taken in one order")
	})
}

// deadlocks is how many PostgreSQL has ended in the database of a service; 0 on SQLite. It stops the service: PostgreSQL counts
// what a connection did, at the latest when the connection ends.
func deadlocks(t *testing.T, s *shop.Shop, service string) (n int) {
	t.Helper()
	if s.Database(service) == "" {
		return 0
	}
	for _, name := range s.Instances(service) {
		s.Stop(name)
	}
	db := s.Open(service)
	ask := func(query string) (n int) {
		require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
		return n
	}
	s.Eventually("the connections of "+service+" have ended", func() bool {
		return ask("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()") == 0
	})
	return ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
}
