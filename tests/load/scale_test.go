package load_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"

	"github.com/tienda-go/tienda/kit/dbtest"
)

// TestScaleOut: two instances of each service behind a balancer, on one PostgreSQL behind a pgbouncer that keeps no prepared
// statements, keep what one instance promises. How many orders each arrangement takes is printed side by side, and never judged.
func TestScaleOut(t *testing.T) {
	if testing.Short() {
		t.Skip("asks running shops")
	}
	one, two := arranged(t, 1, false), arranged(t, 2, true)
	pooled := arranged(t, 1, true)
	arrangements := map[string]*bed{"one instance": one, "one instance, pgbouncer": pooled, "two instances, pgbouncer": two}
	const d, rounds = 2 * time.Second, 2
	count := map[string]int{}
	for range rounds {
		for name, b := range arrangements {
			order := func() int { return b.order(b.product, 1, true) }
			all := closed(usual, d, order)
			good := len(with(all, http.StatusCreated))
			assert.Equal(t, len(all), good+len(with(all, http.StatusServiceUnavailable)), "%s: %v", name, statuses(all))
			count[name] += good
		}
	}
	for name := range arrangements {
		t.Logf("%-26s %5.0f orders/s, %.2f of one instance", name, float64(count[name])/d.Seconds()/rounds,
			float64(count[name])/float64(count["one instance"]))
	}
	for name, b := range arrangements {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) { b.promises(t) })
	}
}

// arranged is a shop with so many instances of each service, behind a balancer.
func arranged(t *testing.T, instances int, pooled bool) *bed {
	t.Helper()
	front, cluster := newBalancer(t), dbtest.StartCluster(t)
	o := shop.Options{Cluster: cluster, Unchecked: true, Instances: map[string]int{}, Env: front.env()}
	for _, service := range launcher.Names() {
		o.Instances[service] = instances
	}
	if pooled {
		o.Pooler = cluster.StartBouncer(t)
		o.Env["DB_PREPARE"] = "false"
	}
	o.Placed = func(s *shop.Shop) { front.shop.Store(s) }
	b := &bed{t: t, engine: "postgres", rows: 1000, cluster: cluster, placed: make(chan placed, 1<<20), shop: shop.New(t, o),
		front: front}
	b.shop.History(b.rows)
	for range 8 {
		b.tokens = append(b.tokens, b.shop.Customer())
	}
	b.client = newClient(front.URL)
	return b
}

// buy places an order under a key and gives its outcome: the request is retried while its key is in use, and after a 503, which a
// busy machine gives.
func (b *bed) buy(product int64, token, key string) (status int, answer []byte) {
	body := fmt.Sprintf(`{"producto_id":%d,"cantidad":1}`, product)
	b.shop.Eventually("an order has an outcome", func() bool {
		status, answer = b.client.do("pedidos", "POST", "/pedidos", token, body, "Idempotency-Key", key)
		return status != http.StatusServiceUnavailable && !strings.Contains(string(answer), "CLAVE_EN_CURSO")
	})
	return status, answer
}

// promises checks what several instances could break: nothing is oversold, a key is one order at every instance, units add up.
func (b *bed) promises(t *testing.T) {
	const buyers, units = 100, 40
	product := b.shop.Product(units)
	var mu sync.Mutex
	bought, byKey := map[int]int{}, map[string]bool{}
	var wave sync.WaitGroup
	for i := range buyers {
		wave.Go(func() {
			status, _ := b.buy(product, b.tokens[i%len(b.tokens)], fmt.Sprintf("compra-%d", i))
			mu.Lock()
			defer mu.Unlock()
			bought[status]++
		})
	}
	wave.Wait()
	assert.Equal(t, map[int]int{http.StatusCreated: units, http.StatusConflict: buyers - units}, bought)

	other := b.shop.Product(units)
	for range 20 {
		wave.Go(func() {
			status, answer := b.buy(other, b.tokens[0], "la-misma")
			mu.Lock()
			defer mu.Unlock()
			byKey[fmt.Sprint(status, string(answer))] = true
		})
	}
	wave.Wait()
	assert.Len(t, byKey, 1, "a key is one order, and one answer")
	cantidad, fisico, reservado := b.shop.Stock(other)
	assert.Equal(t, []int64{units - 1, units, 1}, []int64{cantidad, fisico, reservado})

	closed(usual, time.Second, b.cancel)
	cantidad, fisico, reservado = b.shop.Stock(product)
	assert.Equal(t, []int64{0, units, units}, []int64{cantidad, fisico, reservado})
	b.shop.Eventually("the ledger agrees with stock and reservations", func() bool {
		a := b.shop.Call("inventario", "GET", "/inventario/verificacion", b.shop.Admin(), nil)
		if a.Status == http.StatusServiceUnavailable { // it goes on in the background
			return false
		}
		require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
		return a.Value("pendientes") != true && assert.Empty(t, a.Value("discrepancias"))
	})
	for _, service := range launcher.Names() {
		for _, name := range b.shop.Instances(service) {
			_, used := b.front.used.Load(strings.TrimPrefix(b.shop.URL(name), "http://"))
			require.True(t, used, "%s was never asked", name)
		}
	}
}
