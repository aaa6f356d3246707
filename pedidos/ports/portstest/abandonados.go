package portstest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/ports"
)

// AbandonadosSuite runs against any ports.Abandonados. nuevo makes an empty one; what it returns opens it in another process.
func AbandonadosSuite(t *testing.T, nuevo func(t *testing.T) (abrir func() ports.Abandonados)) {
	t.Helper()
	uno, dos := ports.Abandonado{PedidoID: 17, ReservaID: "uno"}, ports.Abandonado{PedidoID: 9, ReservaID: "dos"}
	otro := ports.Abandonado{PedidoID: 17, ReservaID: "otro"} // after a restore the id may be another order's
	abrir := nuevo(t)
	a, vecino := abrir(), abrir()
	todos := func(want ...ports.Abandonado) {
		t.Helper()
		for quien, r := range map[string]ports.Abandonados{"itself": a, "a neighbour": vecino, "after a crash": abrir()} {
			got, err := r.Todos()
			require.NoError(t, err, quien)
			assert.ElementsMatch(t, want, got, quien)
		}
	}
	todos()
	for _, p := range []ports.Abandonado{uno, dos, uno, otro} {
		require.NoError(t, a.Anotar(p))
	}
	todos(uno, dos, otro)
	require.NoError(t, a.Borrar(otro))
	todos(uno, dos)
	for _, p := range []ports.Abandonado{uno, dos, uno} {
		require.NoError(t, abrir().Borrar(p))
		require.NoError(t, a.Borrar(p), "another process was first")
	}
	todos()
}
