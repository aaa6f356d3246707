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

// outcome asks until the answer is an outcome: on a busy machine a request may reach its deadline.
func outcome(s *shop.Shop, ask func() (shop.Answer, error)) (a shop.Answer, err error) {
	s.Eventually("a request has an outcome", func() bool {
		a, err = ask()
		return err != nil || a.Status != http.StatusServiceUnavailable && a.Status != http.StatusAccepted &&
			a.Text("codigo") != "CLAVE_EN_CURSO"
	})
	return a, err
}

// TestPooler: the shop on PostgreSQL behind a pgbouncer in transaction mode, two instances each of pedidos and inventario, many
// orders at once: none is lost, none is a 500, and the units add up.
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
			all.add(outcome(s, func() (shop.Answer, error) {
				return s.Do(doors[i%len(doors)], "POST", "/pedidos", tokens[i%len(tokens)],
					shop.Object{"producto_id": product, "cantidad": 1}, "Idempotency-Key", fmt.Sprintf("pedido-%d", i))
			}))
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
			ended.add(outcome(s, func() (shop.Answer, error) {
				return s.Do(doors[i%len(doors)], "PATCH", fmt.Sprintf("/pedidos/%d", id), s.Admin(),
					shop.Object{"estado": []string{"CANCELADO", "COMPLETADO"}[i%2]})
			}))
		})
	}
	wave.Wait()
	ended.allHave(t, http.StatusOK, units)
	cantidad, fisico, reservado := s.Stock(product)
	assert.Equal(t, []int64{units / 2, units / 2, 0}, []int64{cantidad, fisico, reservado})
	assert.Empty(t, s.Must(http.StatusOK, "inventario", "GET", "/inventario/verificacion", s.Admin(), nil).Value("discrepancias"))
	for _, name := range launcher.Names() {
		assert.NotContains(t, s.Output(name), `"status":500`, name)
	}
}
