package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestStandby kills a primary and promotes its standby. The services know both addresses: until the promotion writes are 503,
// never 500, and no acknowledged order is lost.
func TestStandby(t *testing.T) {
	t.Parallel()
	primary := dbtest.StartCluster(t, "wal_level=replica", "max_wal_senders=2", "synchronous_standby_names=*") // a commit is on both
	standby := dbtest.StartStandby(t, primary)
	s := shop.New(t, shop.Options{Cluster: primary, Standby: standby})
	product, token := s.Product(100), s.Customer()
	place := func() shop.Answer {
		return s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
	}
	for range 5 {
		require.Equal(t, 201, place().Status)
	}
	require.NoError(t, primary.Kill())
	for range 3 {
		a := place()
		assert.Equal(t, 503, a.Status, "%s", a.Body)
	}
	require.NoError(t, standby.Promote())
	promoted := time.Now()
	for _, service := range launcher.Names() {
		s.Eventually(service+" is ready again", func() bool { return s.Ready(service) })
	}
	s.Eventually("orders are placed again", func() bool { return place().Status == 201 })
	t.Logf("healed %s after the standby was promoted", time.Since(promoted).Round(time.Millisecond))
	settle(t, s)
	audit(t, s, product, 100)
	for _, service := range launcher.Names() {
		assert.NotContains(t, s.Output(service), `"status":500`, service)
	}
}
