package launcher

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository is an empty one, as the working directory of the test, with nothing in the environment.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.work"), nil, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o700))
	t.Chdir(filepath.Join(dir, "sub"))
	for _, name := range []string{"APP_ENV", "HOST", "DATA_DIR", "LOG_LEVEL", "ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_PASSWORD"} {
		t.Setenv(name, "")
	}
	for _, service := range Names() {
		t.Setenv(variable(service, "PORT"), "")
		t.Setenv(variable(service, "SERVICE_URL"), "")
	}
	return dir
}

func TestLoad(t *testing.T) {
	t.Run("defaults", func(t *testing.T) {
		root := repository(t)
		p, err := Load()
		require.NoError(t, err)
		assert.Equal(t, root, p.Root)
		assert.Equal(t, []Service{
			{"auth", "127.0.0.1:8000", "http://localhost:8000"},
			{"productos", "127.0.0.1:8001", "http://localhost:8001"},
			{"inventario", "127.0.0.1:8002", "http://localhost:8002"},
			{"pedidos", "127.0.0.1:8003", "http://localhost:8003"},
		}, p.Services)
		assert.Equal(t, "admin", p.Admin.Username)
		assert.Len(t, p.Admin.Password, 43)
		assert.Equal(t, "data/demo_admin_password", p.Admin.KeptIn)
		assert.Subset(t, p.environment(), []string{"DATA_DIR=" + root + "/data", "AUTH_SERVICE_URL=http://localhost:8000",
			"ADMIN_USERNAME=admin", "ADMIN_PASSWORD=" + p.Admin.Password})

		again, err := Load()
		require.NoError(t, err)
		assert.Equal(t, p.Admin, again.Admin)
	})
	t.Run("follows_the_environment_and_the_file", func(t *testing.T) {
		root := repository(t)
		require.NoError(t, os.WriteFile(filepath.Join(root, ".env"), []byte("PEDIDOS_PORT=9003\nADMIN_PASSWORD=del fichero\n"), 0o600))
		t.Setenv("HOST", "192.0.2.7")
		t.Setenv("PRODUCTOS_SERVICE_URL", "https://catalogo.example")
		p, err := Load()
		require.NoError(t, err)
		assert.Equal(t, Service{"pedidos", "192.0.2.7:9003", "http://192.0.2.7:9003"}, p.Services[3])
		assert.Equal(t, "https://catalogo.example", p.URL("productos"))
		assert.Equal(t, Admin{"admin", "admin@tienda.example", "del fichero", ""}, p.Admin)
		assert.NoDirExists(t, filepath.Join(root, "data"))
	})
	t.Run("generates_nothing_in_production", func(t *testing.T) {
		root := repository(t)
		t.Setenv("APP_ENV", "production")
		p, err := Load()
		require.NoError(t, err)
		assert.Empty(t, p.Admin.Password)
		assert.NoDirExists(t, filepath.Join(root, "data"))
	})
	t.Run("names_a_wrong_variable", func(t *testing.T) {
		repository(t)
		t.Setenv("AUTH_PORT", "99999")
		_, err := Load()
		assert.ErrorContains(t, err, "AUTH_PORT must be a port")
	})
	t.Run("outside_of_the_repository", func(t *testing.T) {
		t.Chdir(t.TempDir())
		_, err := Load()
		assert.ErrorContains(t, err, "not the repository")
	})
}

func TestPlan_CheckPorts(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)

	p := &Plan{Services: []Service{{Name: "auth", Address: "127.0.0.1:0"}, {Name: "pedidos", Address: "127.0.0.1:" + port}}}
	assert.EqualError(t, p.CheckPorts(),
		"port "+port+", which pedidos needs, cannot be used (address already in use): stop what holds it, "+
			"or set PEDIDOS_PORT to another")
	p.Services[1].Address = "127.0.0.1:0"
	assert.EqualError(t, p.CheckPorts(), "auth and pedidos have the same address 127.0.0.1:0: change PEDIDOS_PORT")
	assert.NoError(t, (&Plan{Services: p.Services[:1]}).CheckPorts())
}
