package portstest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// CatalogoSuite is what every ports.Catalogo does. nuevo builds one that has these products.
func CatalogoSuite(t *testing.T, nuevo func(t *testing.T, articulos ...domain.Articulo) ports.Catalogo) {
	t.Parallel()
	teclado := domain.Articulo{ID: 1, Nombre: "Teclado", Precio: 1999, Moneda: "EUR", EnVenta: true}
	retirado := domain.Articulo{ID: 3, Nombre: "Ratón", Precio: 0, Moneda: "USD"}
	oculto := domain.Articulo{ID: 4, Nombre: "Idea", Precio: 0, Moneda: "EUR", Oculto: true}

	t.Run("describe_los_pedidos_y_calla_los_que_no_existen", func(t *testing.T) {
		t.Parallel()
		got, err := nuevo(t, teclado, retirado, oculto).Articulos(t.Context(), []int64{1, 2, 3, 4})
		require.NoError(t, err)
		assert.Equal(t, map[int64]domain.Articulo{1: teclado, 3: retirado, 4: oculto}, got)
	})
	t.Run("ninguno_existe", func(t *testing.T) {
		t.Parallel()
		got, err := nuevo(t).Articulos(t.Context(), []int64{7})
		require.NoError(t, err)
		assert.Empty(t, got)
	})
}

// ReservasSuite is what every ports.Reservas does. nuevo builds one with these units for sale, by product.
func ReservasSuite(t *testing.T, nuevo func(t *testing.T, libres map[int64]int64) ports.Reservas) {
	t.Parallel()
	lineas := []domain.Linea{{ProductoID: 1, Cantidad: 2}, {ProductoID: 2, Cantidad: 1}}
	libres := map[int64]int64{1: 2, 2: 5}

	t.Run("reservar_se_puede_repetir", func(t *testing.T) {
		t.Parallel()
		r, id := nuevo(t, libres), uuid.NewString()
		require.NoError(t, r.Reservar(t.Context(), id, 17, lineas))
		require.NoError(t, r.Reservar(t.Context(), id, 17, lineas))
		assert.ErrorIs(t, r.Reservar(t.Context(), uuid.NewString(), 17, lineas), domain.ErrStockInsuficiente)
	})
	t.Run("todo_o_nada", func(t *testing.T) {
		t.Parallel()
		r := nuevo(t, map[int64]int64{1: 1, 2: 5})
		err := r.Reservar(t.Context(), uuid.NewString(), 17, lineas)
		require.ErrorIs(t, err, domain.ErrStockInsuficiente)
		var sinStock *domain.SinStock
		require.ErrorAs(t, err, &sinStock)
		assert.Equal(t, []domain.Falta{{ProductoID: 1, Solicitado: 2, Disponible: 1}}, sinStock.Faltas)
		assert.NoError(t, r.Reservar(t.Context(), uuid.NewString(), 17,
			[]domain.Linea{{ProductoID: 1, Cantidad: 1}, {ProductoID: 2, Cantidad: 5}}))
	})
	t.Run("liberar_devuelve_una_vez", func(t *testing.T) {
		t.Parallel()
		r, id := nuevo(t, libres), uuid.NewString()
		require.NoError(t, r.Reservar(t.Context(), id, 17, lineas))
		require.NoError(t, r.Liberar(t.Context(), id))
		require.NoError(t, r.Liberar(t.Context(), id))
		assert.ErrorIs(t, r.Reservar(t.Context(), id, 17, lineas), domain.ErrReservaTerminada)
		assert.ErrorIs(t, r.Consumir(t.Context(), id), domain.ErrReservaTerminada)
		assert.ErrorIs(t, r.Reservar(t.Context(), uuid.NewString(), 17, []domain.Linea{{ProductoID: 1, Cantidad: 3}}),
			domain.ErrStockInsuficiente)
		assert.NoError(t, r.Reservar(t.Context(), uuid.NewString(), 17, lineas))
	})
	t.Run("liberar_lo_nunca_visto_lo_cierra", func(t *testing.T) {
		t.Parallel()
		r, id := nuevo(t, libres), uuid.NewString()
		require.NoError(t, r.Liberar(t.Context(), id))
		assert.ErrorIs(t, r.Reservar(t.Context(), id, 17, lineas), domain.ErrReservaTerminada)
	})
	t.Run("consumir", func(t *testing.T) {
		t.Parallel()
		r, id := nuevo(t, libres), uuid.NewString()
		require.ErrorIs(t, r.Consumir(t.Context(), id), domain.ErrReservaNoExiste)
		require.NoError(t, r.Reservar(t.Context(), id, 17, lineas))
		require.NoError(t, r.Consumir(t.Context(), id))
		require.NoError(t, r.Consumir(t.Context(), id))
		assert.ErrorIs(t, r.Liberar(t.Context(), id), domain.ErrReservaTerminada)
		assert.ErrorIs(t, r.Reservar(t.Context(), id, 17, lineas), domain.ErrReservaTerminada)
	})
	t.Run("reponer_se_puede_repetir", func(t *testing.T) {
		t.Parallel()
		r, id := nuevo(t, libres), uuid.NewString()
		vuelve := []domain.LineaDevuelta{{ProductoID: 1, Cantidad: 3}, {ProductoID: 2, Cantidad: 1}}
		require.NoError(t, r.Reponer(t.Context(), id, 17, vuelve))
		require.NoError(t, r.Reponer(t.Context(), id, 17, vuelve))
		assert.ErrorIs(t, r.Reponer(t.Context(), id, 17, vuelve[:1]), fault.ErrUnavailable, "an id is of one return")
		assert.ErrorIs(t, r.Reservar(t.Context(), uuid.NewString(), 17, []domain.Linea{{ProductoID: 1, Cantidad: 6}}),
			domain.ErrStockInsuficiente)
		assert.NoError(t, r.Reservar(t.Context(), uuid.NewString(), 17,
			[]domain.Linea{{ProductoID: 1, Cantidad: 5}, {ProductoID: 2, Cantidad: 6}}))
	})
}
