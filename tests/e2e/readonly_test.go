package e2e_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestDatabaseReadOnly makes PostgreSQL refuse writes, as a standby or a demoted primary does: writes are 503, never 500, no
// service is ready, and all work again within seconds, on every connection.
func TestDatabaseReadOnly(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	s := shop.New(t, shop.Options{Cluster: cluster})
	product, token := s.Product(100), s.Customer()
	place := func() shop.Answer {
		return s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
	}
	require.Equal(t, 201, place().Status)
	admin, err := sql.Open("pgx", cluster.URL()+"&default_transaction_read_only=off")
	require.NoError(t, err)
	defer admin.Close()
	set := func(value string) {
		_, err := admin.ExecContext(t.Context(), "ALTER SYSTEM SET default_transaction_read_only = "+value)
		require.NoError(t, err)
		_, err = admin.ExecContext(t.Context(), "SELECT pg_reload_conf()")
		require.NoError(t, err)
	}
	set("on")
	s.Eventually("writes are refused", func() bool { return place().Status == 503 })
	for range 5 {
		a := place()
		assert.Equal(t, 503, a.Status, "%s", a.Body)
		assert.NotEmpty(t, a.Header.Get("Retry-After"))
		for _, service := range launcher.Names() {
			assert.Equal(t, 503, s.Call(service, "GET", "/health/ready", "", nil).Status, service)
		}
	}
	set("off")
	back := time.Now()
	for _, service := range launcher.Names() {
		s.Eventually(service+" is ready again", func() bool { return s.Ready(service) })
	}
	s.Eventually("orders are placed again", func() bool { return place().Status == 201 })
	t.Logf("healed %s after PostgreSQL took writes again", time.Since(back))
	for _, service := range launcher.Names() {
		assert.NotContains(t, s.Output(service), `"status":500`, service)
	}
}
