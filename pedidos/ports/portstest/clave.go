package portstest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// intento is another try of one request with an Idempotency-Key.
func intento(clave string) idempotency.Key {
	return idempotency.Of(idempotency.Request{Caller: "7", Method: "POST", Path: "/pedidos", Key: clave}.Try())
}

// unPedidoPorClave: what was done under a key is not done again, and the order comes back as it is by now.
func unPedidoPorClave(t *testing.T, r Almacen) {
	t.Parallel()
	for nombre, topes := range map[string]domain.Topes{"libre": {}, "con topes": {Abiertos: 10}} {
		clave := intento(nombre)
		p := NuevoPedido(t)
		require.NoError(t, r.Crear(t.Context(), clave, p, topes))
		otra := intento("reservar " + nombre)
		_, err := r.Actualizar(t.Context(), otra, p.ID(), func(p *domain.Pedido) error { return p.Reservar(Ahora) })
		require.NoError(t, err)

		repetido := NuevoPedido(t)
		require.NoError(t, r.Crear(t.Context(), clave, repetido, topes))
		assert.Equal(t, p.ID(), repetido.ID())
		assert.Equal(t, domain.FaseReservado, repetido.Fase())
		got, err := r.Actualizar(t.Context(), otra, p.ID(), func(*domain.Pedido) error {
			t.Error("it was done already")
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, domain.FaseReservado, got.Fase())
		require.ErrorIs(t, r.Crear(t.Context(), intento(nombre), NuevoPedido(t), topes), idempotency.ErrInFlight,
			"a try that does not know of the first")
	}
	todos, err := r.Listar(t.Context(), ports.Filtro{Limite: 10})
	require.NoError(t, err)
	assert.Len(t, todos, 2)
}

// unaDevolucionPorClave is the same for returns.
func unaDevolucionPorClave(t *testing.T, pedidos ports.Pedidos, r AlmacenDevoluciones) {
	t.Parallel()
	p := PedidoCompletado(t, pedidos)
	clave := intento("devolver")
	n := domain.NuevaDevolucion{MovimientoID: "m", Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: 1}}, Ahora: Ahora}
	d, err := r.Crear(t.Context(), clave, p.ID(),
		func(devuelto map[int64]int64) (*domain.Devolucion, error) { return p.Devolver(n, devuelto) })
	require.NoError(t, err)
	repetida, err := r.Crear(t.Context(), clave, p.ID(), func(map[int64]int64) (*domain.Devolucion, error) {
		t.Error("it was done already")
		return nil, nil
	})
	require.NoError(t, err)
	assert.Equal(t, d.ID(), repetida.ID())
	todas, err := r.DePedido(t.Context(), p.ID(), 0, 10)
	require.NoError(t, err)
	assert.Len(t, todas, 1)
}
