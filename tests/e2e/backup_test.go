package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/process"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestBackup backs the running shop up and restores it, with the commands of docs/setup.md: it has the same stock and orders as
// at the backup, and works.
func TestBackup(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		dir := t.TempDir()
		run := func(program string, args ...string) {
			t.Helper()
			out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
			require.NoError(t, err, "%s %v: %s", program, args, out)
		}
		backup := func(service string) {
			if url := s.Database(service); url != "" {
				run(process.Need(t, "postgresql-client", "pg_dump"), "-Fc", "-f", filepath.Join(dir, service+".dump"), url)
				return
			}
			_ = os.Remove(filepath.Join(dir, service+".db"))
			run(process.Need(t, "sqlite3", "sqlite3"), filepath.Join(s.Dir(), service+".db"),
				"VACUUM INTO '"+filepath.Join(dir, service+".db")+"'")
		}
		restore := func(service string) {
			if url := s.Database(service); url != "" {
				run(process.Need(t, "postgresql-client", "pg_restore"), "--clean", "--if-exists", "--single-transaction", "-d", url,
					filepath.Join(dir, service+".dump"))
				return
			}
			file := filepath.Join(s.Dir(), service+".db")
			for _, journal := range []string{"-wal", "-shm"} {
				_ = os.Remove(file + journal)
			}
			run("cp", filepath.Join(dir, service+".db"), file)
		}

		const units = 10
		product, token := s.Product(units), s.Customer()
		body := shop.Object{"producto_id": product, "cantidad": 2}
		first := s.Must(201, "pedidos", "POST", "/pedidos", token, body).Int("id")
		before := state(t, s, product)
		s.Stop("pedidos") // as docs/setup.md says
		for _, service := range []string{"pedidos", "inventario", "productos", "auth"} {
			backup(service)
		}
		s.Start("pedidos")
		s.Must(201, "pedidos", "POST", "/pedidos", token, body)
		require.Equal(t, 200, s.Call("pedidos", "PATCH", "/pedidos/1", s.Admin(), shop.Object{"estado": "CANCELADO"}).Status)
		require.NotEqual(t, before, state(t, s, product))
		lost := s.Customer()

		for _, service := range launcher.Names() {
			s.Stop(service)
			restore(service)
		}
		output, code := s.Command("auth", "yes\n", "keys", "reset")
		require.Zero(t, code, output)
		for _, service := range []string{"productos", "inventario", "pedidos"} {
			require.NoError(t, os.Remove(filepath.Join(s.Dir(), service+"-jwks.json")))
		}
		for _, service := range launcher.Names() {
			s.Start(service)
		}
		assert.Equal(t, 401, s.Call("pedidos", "GET", "/pedidos", lost, nil).Status, "its account's number may be given again")
		s.SetAdmin(s.Login(shop.AdminUsername, shop.AdminPassword))
		assert.Equal(t, before, state(t, s, product))
		audit(t, s, product, units)
		assert.Empty(t, s.Must(200, "inventario", "GET", "/inventario/verificacion", s.Admin(), nil).Value("discrepancias"))
		assert.Equal(t, first+1, s.Must(201, "pedidos", "POST", "/pedidos", s.Customer(), body).Int("id"), "the next number")

		// pedidos alone is older than inventario: an order that was completed since is open again, and cannot be cancelled.
		backup("pedidos")
		path := fmt.Sprintf("/pedidos/%d", first)
		require.Equal(t, 200, s.Call("pedidos", "PATCH", path, s.Admin(), shop.Object{"estado": "COMPLETADO"}).Status)
		s.Stop("pedidos")
		restore("pedidos")
		s.Start("pedidos")
		require.Equal(t, "RESERVADO", s.Must(200, "pedidos", "GET", path, s.Admin(), nil).Text("fase"))
		refusal := s.Must(409, "pedidos", "PATCH", path, s.Admin(), shop.Object{"estado": "CANCELADO"})
		assert.Equal(t, "TRANSICION_ILEGAL", refusal.Text("codigo"))
		assert.Equal(t, "COMPLETADO", s.Must(200, "pedidos", "GET", path, s.Admin(), nil).Text("fase"))
		audit(t, s, product, units)
	})
}
