package proxies

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestPooler: the shop on PostgreSQL behind a pgbouncer in transaction mode, two instances each of pedidos and inventario, many
// orders at once: none is lost, none is a 5xx, and the units add up.
func TestPooler(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	s := shop.New(t, shop.Options{
		Cluster: cluster, Pooler: cluster.StartBouncer(t), Instances: map[string]int{"pedidos": 2, "inventario": 2},
		Env: map[string]string{"DB_PREPARE": "false"},
	})
	const buyers, units = 120, 50
	product := s.Product(units)
	doors := s.Instances("pedidos")
	tokens := []string{s.Customer(), s.Customer(), s.Customer()}
	var all answers
	var wave sync.WaitGroup
	for i := range buyers {
		wave.Go(func() {
			body := shop.Object{"producto_id": product, "cantidad": 1}
			all.add(s.Do(doors[i%len(doors)], "POST", "/pedidos", tokens[i%len(tokens)], body, "Idempotency-Key",
				fmt.Sprintf("pedido-%d", i)))
		})
	}
	wave.Wait()
	assert.Equal(t, map[int]int{http.StatusCreated: units, http.StatusConflict: buyers - units}, all.count, "%v", all.last)

	var ids []int64
	a := s.Must(http.StatusOK, "pedidos", "GET", "/pedidos?fase=RESERVADO", s.Admin(), nil)
	for i := 0; a.Int(fmt.Sprintf("%d.id", i)) > 0; i++ {
		ids = append(ids, a.Int(fmt.Sprintf("%d.id", i)))
	}
	require.Len(t, ids, units)
	var ended answers
	for i, id := range ids {
		wave.Go(func() {
			estado := []string{"CANCELADO", "COMPLETADO"}[i%2]
			ended.add(s.Do(doors[i%len(doors)], "PATCH", fmt.Sprintf("/pedidos/%d", id), s.Admin(), shop.Object{"estado": estado}))
		})
	}
	wave.Wait()
	ended.allHave(t, http.StatusOK, units)
	cantidad, fisico, reservado := s.Stock(product)
	assert.Equal(t, []int64{units / 2, units / 2, 0}, []int64{cantidad, fisico, reservado})
	assert.Empty(t, s.Must(http.StatusOK, "inventario", "GET", "/inventario/verificacion", s.Admin(), nil).Value("discrepancias"))
	for _, name := range launcher.Names() {
		assert.NotContains(t, s.Output(name), `"status":50`, name)
	}
}
