package archivos_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/adapters/archivos"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

// abrir returns what was logged too.
func abrir(carpeta string) (*archivos.Abandonados, string) {
	var lineas bytes.Buffer
	a := archivos.NewAbandonados(carpeta, slog.New(slog.NewTextHandler(&lineas, nil)))
	return a, lineas.String()
}

func TestAbandonados(t *testing.T) {
	t.Parallel()
	portstest.AbandonadosSuite(t, func(t *testing.T) func() ports.Abandonados {
		carpeta := filepath.Join(t.TempDir(), "datos", "abandonados")
		return func() ports.Abandonados {
			a, dicho := abrir(carpeta)
			assert.Empty(t, dicho)
			return a
		}
	})
}

func TestAbandonados_archivos_ajenos(t *testing.T) {
	t.Parallel()
	carpeta := t.TempDir()
	for _, nombre := range []string{".nfs0001", "17", "17_", "x_uno"} {
		require.NoError(t, os.WriteFile(filepath.Join(carpeta, nombre), nil, 0o600))
	}
	a, _ := abrir(carpeta)
	todos, err := a.Todos()
	require.NoError(t, err)
	assert.Empty(t, todos)
}

// Without a place to write the start warns, and the order is known as long as the process lives.
func TestAbandonados_sin_donde_escribir(t *testing.T) {
	t.Parallel()
	archivo := filepath.Join(t.TempDir(), "archivo")
	require.NoError(t, os.WriteFile(archivo, nil, 0o600))
	a, dicho := abrir(filepath.Join(archivo, "abandonados"))
	assert.Contains(t, dicho, "DATA_DIR cannot be written")
	p := ports.Abandonado{PedidoID: 17, ReservaID: "uno"}
	require.ErrorContains(t, a.Anotar(p), "abandonado")
	todos, _ := a.Todos()
	assert.Equal(t, []ports.Abandonado{p}, todos)
	_ = a.Borrar(p) // there is no file
	todos, _ = a.Todos()
	assert.Empty(t, todos)
}
