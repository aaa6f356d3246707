package e2e_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestOverload sends far more requests at the same time than the shop accepts: excess requests get a refusal with Retry-After,
// accepted requests succeed, and afterwards the shop works as before. tests/load measures the speed.
func TestOverload(t *testing.T) {
	open := shop.Options{Env: map[string]string{"MAX_CONNECTIONS_PER_ADDRESS": "0"}} // 1200 are more than one address may have
	shop.EachWith(t, open, func(t *testing.T, s *shop.Shop) {
		product, token := s.Product(100_000), s.Customer()
		order := shop.Object{"producto_id": product, "cantidad": 1}
		var mu sync.Mutex
		count := map[int]int{}
		var all sync.WaitGroup
		for range 1200 {
			all.Go(func() {
				a, err := s.Do("pedidos", "POST", "/pedidos", token, order)
				if !assert.NoError(t, err) {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				count[a.Status]++
				if a.Status == 503 || a.Status == 429 {
					assert.NotEmpty(t, a.Header.Get("Retry-After"))
				}
			})
		}
		all.Wait()
		t.Logf("answers: %v", count)
		assert.Positive(t, count[201])
		assert.Positive(t, count[503]+count[429], "1200 at once were more than it works on at once")
		assert.Equal(t, 1200, count[201]+count[503]+count[429])
		s.Eventually("it takes orders as before", func() bool {
			return s.Call("pedidos", "POST", "/pedidos", token, order).Status == 201
		})
		settle(t, s)
		audit(t, s, product, 100_000)
	})
}

// TestHungPeer: inventario hangs and hundreds of orders hang with it; callers that only read orders are served.
func TestHungPeer(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	product, token := s.Product(1000), s.Customer()
	placed := s.Must(201, "pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
	s.Pause("inventario")
	var all sync.WaitGroup
	for range 300 {
		all.Go(func() {
			a, err := s.Do("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
			if assert.NoError(t, err) {
				assert.Equal(t, 503, a.Status)
			}
		})
	}
	path := fmt.Sprintf("/pedidos/%d", placed.Int("id"))
	slowest := time.Duration(0)
	for range 100 {
		start := time.Now()
		assert.Equal(t, 200, s.Call("pedidos", "GET", path, token, nil).Status)
		slowest = max(slowest, time.Since(start))
	}
	t.Logf("slowest of 100 reads: %s", slowest)
	all.Wait()
	s.Resume("inventario")
	settle(t, s)
	audit(t, s, product, 1000)
}
