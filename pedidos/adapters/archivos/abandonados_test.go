package archivos_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/adapters/archivos"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func abrir(t *testing.T, carpeta string) *archivos.Abandonados {
	t.Helper()
	a, err := archivos.NewAbandonados(carpeta)
	require.NoError(t, err)
	return a
}

func TestAbandonados(t *testing.T) {
	t.Parallel()
	portstest.AbandonadosSuite(t, func(t *testing.T) func() ports.Abandonados {
		carpeta := filepath.Join(t.TempDir(), "datos", "abandonados")
		return func() ports.Abandonados { return abrir(t, carpeta) }
	})
}

func TestAbandonados_archivos_ajenos(t *testing.T) {
	t.Parallel()
	carpeta := t.TempDir()
	for _, nombre := range []string{".nfs0001", "17", "17_", "x_uno"} {
		require.NoError(t, os.WriteFile(filepath.Join(carpeta, nombre), nil, 0o600))
	}
	assert.Empty(t, abrir(t, carpeta).Todos())
}

// Without a place to write the order is known as long as the process lives, and the caller hears of it.
func TestAbandonados_sin_donde_escribir(t *testing.T) {
	t.Parallel()
	archivo := filepath.Join(t.TempDir(), "archivo")
	a := abrir(t, archivo)
	require.NoError(t, os.WriteFile(archivo, nil, 0o600))
	p := ports.Abandonado{PedidoID: 17, ReservaID: "uno"}
	require.ErrorContains(t, a.Anotar(p), "abandonado")
	assert.Equal(t, []ports.Abandonado{p}, a.Todos())
	require.Error(t, a.Borrar(p))
	assert.Empty(t, a.Todos())
	_, err := archivos.NewAbandonados(archivo)
	require.ErrorContains(t, err, archivo)
}
