package launcher

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoadDocker(t *testing.T) {
	for _, name := range []string{"AUTH_PORT", "PRODUCTOS_PORT", "INVENTARIO_PORT", "PEDIDOS_PORT", "ADMIN_USERNAME",
		"ADMIN_PASSWORD"} {
		t.Setenv("TIENDA_"+name, "")
	}
	t.Run("there_is_none", func(t *testing.T) {
		root := repository(t)
		p, err := LoadDocker()
		require.NoError(t, err)
		assert.Nil(t, p)
		assert.NoDirExists(t, filepath.Join(root, "data"), "a password for a shop that is not there")
	})
	t.Run("follows_what_make_up_keeps", func(t *testing.T) {
		root := repository(t)
		env := "TIENDA_ADMIN_USERNAME=jefa\nTIENDA_ADMIN_PASSWORD='a#b $c'\nTIENDA_AUTH_PORT=8100\nTIENDA_PEDIDOS_PORT=8103-8104\n"
		require.NoError(t, os.WriteFile(filepath.Join(root, ".env"), []byte(env), 0o600))
		p, err := LoadDocker()
		require.NoError(t, err)
		assert.Equal(t, Admin{Username: "jefa", Password: "a#b $c"}, p.Admin)
		for name, url := range map[string]string{
			"auth": "http://localhost:8100", "productos": "http://localhost:8001", "inventario": "http://localhost:8002",
			"pedidos": "http://localhost:8103",
		} {
			assert.Equal(t, url, p.URL(name))
		}
	})
	t.Run("names_what_is_wrong", func(t *testing.T) {
		root := repository(t)
		env := "TIENDA_ADMIN_PASSWORD=x\nTIENDA_INVENTARIO_PORT=muelle\n"
		require.NoError(t, os.WriteFile(filepath.Join(root, ".env"), []byte(env), 0o600))
		_, err := LoadDocker()
		assert.ErrorContains(t, err, "TIENDA_INVENTARIO_PORT")
	})
}
