package e2e_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestProduction_refuses_weak_secrets: in production a secret that is missing, short or a sample stops the process at once,
// before it opens a port or a database, and its message names every such variable.
func TestProduction_refuses_weak_secrets(t *testing.T) {
	t.Parallel()
	own := map[string][]string{
		"auth":    {"SECRET_KEY", "PRODUCTOS_CLIENT_SECRET", "INVENTARIO_CLIENT_SECRET", "PEDIDOS_CLIENT_SECRET"},
		"pedidos": {"PEDIDOS_CLIENT_SECRET"},
	}
	for service, variables := range own {
		for kind, value := range map[string]string{"missing": "", "short": "k3J9-x_Q",
			"sample": "changeme-changeme-changeme-changeme"} {
			t.Run(service+"/"+kind, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				cmd := exec.CommandContext(t.Context(), shop.Binary(t, service))
				cmd.Dir = dir
				cmd.Env = []string{"APP_ENV=production", "DATA_DIR=" + dir + "/data"}
				for _, v := range variables {
					cmd.Env = append(cmd.Env, v+"="+value)
				}
				output, err := cmd.CombinedOutput()
				var exit *exec.ExitError
				require.ErrorAs(t, err, &exit)
				assert.Equal(t, 1, exit.ExitCode())
				for _, v := range variables {
					assert.Contains(t, string(output), v)
				}
				if value != "" {
					assert.NotContains(t, string(output), value)
				}
				_, err = os.Stat(dir + "/data")
				assert.ErrorIs(t, err, os.ErrNotExist, "nothing is generated in production")
			})
		}
	}
}

// TestWrong_variables: the start fails with an error that names every wrong variable.
func TestWrong_variables(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"auth", "productos", "inventario", "pedidos"} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), shop.Binary(t, service))
			cmd.Dir = dir
			cmd.Env = []string{"APP_ENV=prod", "LOG_LEVEL=loud", "DATA_DIR=" + dir}
			output, err := cmd.CombinedOutput()
			require.Error(t, err)
			assert.Contains(t, string(output), "APP_ENV must be development or production")
			assert.Contains(t, string(output), "LOG_LEVEL must be debug, info, warn or error")
		})
	}
}
