package e2e_test

import (
	"database/sql"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestDatabaseDown kills PostgreSQL under the running shop: requests that need it get 503 with Retry-After, never 500, and work
// again within seconds of the server's return, without a restart and without loss.
func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	s := shop.New(t, shop.Options{Cluster: cluster})
	const units = 100
	product, token := s.Product(units), s.Customer()
	place := func() shop.Answer {
		return s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
	}
	require.Equal(t, 201, place().Status)

	require.NoError(t, cluster.Kill())
	for range 3 {
		for _, a := range []shop.Answer{
			place(),
			s.Call("pedidos", "GET", "/pedidos", token, nil),
			s.Call("productos", "GET", "/productos", "", nil),
			s.Call("inventario", "GET", fmt.Sprintf("/inventario/%d", product), token, nil),
			s.Call("auth", "GET", "/me", token, nil),
			s.Call("auth", "POST", "/login", "", shop.Object{"username": "nadie", "password": "una-frase-larga"}),
			s.Call("pedidos", "GET", "/health/ready", "", nil),
		} {
			assert.Equal(t, 503, a.Status, "%s", a.Body)
			assert.NotEmpty(t, a.Header.Get("Retry-After"))
			assert.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
		}
	}
	assert.Equal(t, 200, s.Call("pedidos", "GET", "/health/live", "", nil).Status)

	require.NoError(t, cluster.Start())
	back := time.Now()
	for service, path := range map[string]string{"productos": "/productos", "inventario": fmt.Sprintf("/inventario/%d", product),
		"pedidos": "/pedidos", "auth": "/me"} {
		s.Eventually(service+" is well again", func() bool { return s.Call(service, "GET", path, token, nil).Status == 200 })
	}
	s.Eventually("orders are placed again", func() bool { return place().Status == 201 })
	t.Logf("healed %s after PostgreSQL was back", time.Since(back))
	settle(t, s)
	audit(t, s, product, units)
	for _, service := range launcher.Names() {
		assert.NotContains(t, s.Output(service), `"status":500`, service)
	}
}

// TestDatabaseDownAtStart starts a service before its database: it waits, logs that, and then serves.
func TestDatabaseDownAtStart(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	s := shop.New(t, shop.Options{Cluster: cluster})
	s.Stop("productos")
	require.NoError(t, cluster.Stop())
	require.NoError(t, s.Launch("productos"))
	s.Eventually("productos says what it waits for",
		func() bool { return strings.Contains(s.Output("productos"), "waiting for PostgreSQL") })
	require.NoError(t, cluster.Start())
	s.Await("productos")
	assert.Equal(t, 200, s.Call("productos", "GET", "/productos", "", nil).Status)
}

// TestDatabaseRefuses starts each service with a role that its database refuses: it ends at once, and its error says how to mend
// it.
func TestDatabaseRefuses(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	db, err := sql.Open("pgx", cluster.URL())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	for _, statement := range []string{"CREATE ROLE ajena LOGIN", "CREATE DATABASE tienda"} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	refusals := map[string]string{
		"ajena@" + cluster.Address() +
			"/tienda": "permission denied for schema public (SQLSTATE 42501); make the role of the URL the owner of the database",
		"nadie@" + cluster.Address() + "/tienda":   "mend the user or the password of the URL",
		"ajena@" + cluster.Address() + "/ninguna":  "mend the name in the URL, or make the database",
		"ajena@" + cluster.Address() + ":x/tienda": "cannot be read; it must be like postgres://",
	}
	for _, service := range launcher.Names() {
		for where, want := range refusals {
			variable := strings.ToUpper(service) + "_DB_URL"
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), shop.Binary(t, service))
			cmd.Dir, cmd.Env = dir, []string{"DATA_DIR=" + dir, variable + "=postgres://" + where + "?sslmode=disable"}
			output, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "%s", output)
			assert.Equal(t, 1, exit.ExitCode())
			assert.Contains(t, string(output), variable)
			assert.Contains(t, string(output), want)
		}
	}
}
