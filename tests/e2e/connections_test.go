package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestConnections: three instances of each service on a PostgreSQL with few connections. With DB_MAX_CONNS as the sum of
// docs/setup.md says, no request is refused, also when many come at once; with more, answers are 503 and the log says what to
// change.
func TestConnections(t *testing.T) {
	t.Parallel()
	const (
		server, reserved, instances = 40, 3, 3
		right                       = (server - reserved) / (4 * instances)
	)
	for name, conns := range map[string]int{"as_the_sum_says": right, "too_many": 16} {
		t.Run(name, func(t *testing.T) {
			cluster := dbtest.StartCluster(t, fmt.Sprintf("max_connections=%d", server))
			each := map[string]int{}
			for _, service := range launcher.Names() {
				each[service] = instances
			}
			s := shop.New(t, shop.Options{
				Cluster: cluster, Instances: each, Quiet: true,
				Env: map[string]string{"DB_MAX_CONNS": fmt.Sprint(conns), "AUTH_ISSUER": "http://auth.tienda.example"},
			})
			product, token := s.Product(1_000_000), s.Customer()
			var mu sync.Mutex
			statuses := map[int]int{}
			add := func(a shop.Answer, err error) {
				mu.Lock()
				defer mu.Unlock()
				if assert.NoError(t, err) {
					statuses[a.Status]++
				}
			}
			var load sync.WaitGroup
			for n := range 24 {
				load.Go(func() {
					for range 5 {
						i := n % instances
						add(s.Do(s.Instances("pedidos")[i], "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}))
						add(s.Do(s.Instances("pedidos")[i], "GET", "/pedidos", token, nil))
						add(s.Do(s.Instances("productos")[i], "GET", "/productos", "", nil))
						add(s.Do(s.Instances("inventario")[i], "GET", fmt.Sprintf("/inventario/%d", product), token, nil))
						add(s.Do(s.Instances("auth")[i], "GET", "/me", token, nil))
					}
				})
			}
			load.Wait()
			var said strings.Builder
			for _, service := range launcher.Names() {
				for _, instance := range s.Instances(service) {
					said.WriteString(s.Output(instance))
				}
			}
			assert.NotContains(t, said.String(), `"status":500`)
			if conns == right {
				assert.Equal(t, map[int]int{200: 480, 201: 120}, statuses)
				assert.NotContains(t, said.String(), "SQLSTATE 53300") // the digits alone are in ids and instants too
				return
			}
			require.NotZero(t, statuses[503], "%v", statuses)
			assert.Contains(t, said.String(), "SQLSTATE 53300")
			assert.Contains(t, said.String(), "lower DB_MAX_CONNS of the services that share the server, or raise its max_connections")
		})
	}
}
