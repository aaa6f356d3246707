package portstest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/ports"
)

// AbandonadosSuite runs against any ports.Abandonados. nuevo makes an empty one; what it returns opens it as the next process
// does.
func AbandonadosSuite(t *testing.T, nuevo func(t *testing.T) (abrir func() ports.Abandonados)) {
	t.Helper()
	uno, dos := ports.Abandonado{PedidoID: 17, ReservaID: "uno"}, ports.Abandonado{PedidoID: 9, ReservaID: "dos"}
	otro := ports.Abandonado{PedidoID: 17, ReservaID: "otro"} // after a restore the id may be another order's
	abrir := nuevo(t)
	a := abrir()
	assert.Empty(t, a.Todos())
	for _, p := range []ports.Abandonado{uno, dos, uno, otro} {
		require.NoError(t, a.Anotar(p))
	}
	assert.ElementsMatch(t, []ports.Abandonado{uno, dos, otro}, a.Todos())
	require.NoError(t, a.Borrar(otro))
	assert.ElementsMatch(t, []ports.Abandonado{uno, dos}, a.Todos())

	a = abrir()
	assert.ElementsMatch(t, []ports.Abandonado{uno, dos}, a.Todos(), "after a crash")
	for _, p := range []ports.Abandonado{uno, dos, uno} {
		require.NoError(t, a.Borrar(p))
	}
	assert.Empty(t, a.Todos())
	assert.Empty(t, abrir().Todos())
}
