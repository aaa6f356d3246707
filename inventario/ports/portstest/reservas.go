package portstest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/domain"
)

func reservas(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("se_lee_igual", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		a.alta(t, 2, 10, 0)
		id := nuevoID()
		guardada, creada, err := reservar(t.Context(), a.uno(), id, linea(2, 3), linea(1, 1), linea(2, 1))
		require.NoError(t, err)
		assert.True(t, creada)
		assert.Equal(t, []domain.Linea{linea(1, 1), linea(2, 4)}, guardada.Lineas())

		leida, err := a.uno().Reservas.Obtener(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, guardada, leida)
		a.exigir(t, 1, 10, 1)
		a.exigir(t, 2, 10, 4)
	}))

	t.Run("repetir_no_toma_mas", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		id := nuevoID()
		primera, _, err := reservar(t.Context(), a.uno(), id, linea(1, 6))
		require.NoError(t, err)
		for range 3 {
			otra, creada, err := reservar(t.Context(), a.uno(), id, linea(1, 2), linea(1, 4)) // the same sum
			require.NoError(t, err)
			assert.False(t, creada)
			assert.Equal(t, primera, otra)
		}
		_, _, err = reservar(t.Context(), a.uno(), id, linea(1, 5))
		require.ErrorIs(t, err, domain.ErrReservaDistinta)
		a.exigir(t, 1, 10, 6)
	}))

	t.Run("todo_o_nada", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		a.alta(t, 2, 3, 0)
		a.alta(t, 4, 1, 0)
		id := nuevoID()
		_, _, err := reservar(t.Context(), a.uno(), id, linea(1, 5), linea(2, 4), linea(3, 1), linea(4, 1))
		require.ErrorIs(t, err, domain.ErrStockInsuficiente)
		assert.Equal(t, []map[string]int64{
			{"producto_id": 2, "solicitado": 4, "disponible": 3},
			{"producto_id": 3, "solicitado": 1, "disponible": 0}, // this product has no stock
		}, extra(err, "lineas"))
		for producto, fisico := range map[int64]int64{1: 10, 2: 3, 4: 1} {
			a.exigir(t, producto, fisico, 0)
		}
		_, err = a.uno().Reservas.Obtener(t.Context(), id)
		require.ErrorIs(t, err, domain.ErrReservaNoExiste, "no part of the reservation is stored")
		assert.Len(t, a.Libro(t), 3)

		a.mover(t, 2, domain.Entrada, 1)
		a.alta(t, 3, 1, 0)
		_, creada, err := reservar(t.Context(), a.uno(), id, linea(1, 5), linea(2, 4), linea(3, 1), linea(4, 1))
		require.NoError(t, err, "a later PUT under the same id may succeed")
		assert.True(t, creada)
	}))

	t.Run("liberar_devuelve_una_vez", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		id := a.reservada(t, linea(1, 4))
		for i := range 3 { // only the first call changes something
			despues := causa
			despues.Cuando = instante.Add(time.Duration(i+1) * time.Second)
			liberada, err := a.uno().Reservas.Liberar(t.Context(), id, despues)
			require.NoError(t, err)
			assert.Equal(t, domain.Liberada, liberada.Estado())
			assert.Equal(t, []domain.Linea{linea(1, 4)}, liberada.Lineas())
			assert.Equal(t, instante, liberada.CreadoEn())
			assert.Equal(t, instante.Add(time.Second), liberada.ActualizadoEn())
			leida, err := a.uno().Reservas.Obtener(t.Context(), id)
			require.NoError(t, err)
			assert.Equal(t, liberada, leida)
			a.exigir(t, 1, 10, 0)
		}
		_, err := a.uno().Reservas.Consumir(t.Context(), id, causa)
		exigirTerminada(t, err, domain.Liberada)
		_, _, err = reservar(t.Context(), a.uno(), id, linea(1, 4))
		exigirTerminada(t, err, domain.Liberada)
		a.exigir(t, 1, 10, 0)
	}))

	t.Run("consumir_se_lleva_una_vez", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		a.alta(t, 2, 10, 0)
		id := a.reservada(t, linea(1, 10), linea(2, 1))
		for range 3 {
			consumida, err := a.uno().Reservas.Consumir(t.Context(), id, causa)
			require.NoError(t, err)
			assert.Equal(t, domain.Consumida, consumida.Estado())
			a.exigir(t, 1, 0, 0)
			a.exigir(t, 2, 9, 0)
		}
		_, err := a.uno().Reservas.Liberar(t.Context(), id, causa)
		exigirTerminada(t, err, domain.Consumida)
		_, _, err = reservar(t.Context(), a.uno(), id, linea(1, 10), linea(2, 1))
		exigirTerminada(t, err, domain.Consumida)
		a.exigir(t, 1, 0, 0)
		a.exigir(t, 2, 9, 0)
	}))

	t.Run("liberar_cierra_lo_nunca_visto", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		id := nuevoID()
		for range 2 {
			cerrada, err := a.uno().Reservas.Liberar(t.Context(), id, causa)
			require.NoError(t, err)
			assert.Equal(t, domain.ReservaCerrada(id, instante), cerrada)
		}
		_, _, err := reservar(t.Context(), a.uno(), id, linea(1, 1)) // the delayed PUT
		exigirTerminada(t, err, domain.Liberada)
		_, err = a.uno().Reservas.Consumir(t.Context(), id, causa)
		exigirTerminada(t, err, domain.Liberada)
		leida, err := a.uno().Reservas.Obtener(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, domain.ReservaCerrada(id, instante), leida)
		a.exigir(t, 1, 10, 0)
		assert.Len(t, a.Libro(t), 1, "closing an id writes no row")
	}))

	t.Run("desconocida", solo(nuevo, func(t *testing.T, a Almacen) {
		_, err := a.uno().Reservas.Consumir(t.Context(), nuevoID(), causa)
		require.ErrorIs(t, err, domain.ErrReservaNoExiste)
		_, err = a.uno().Reservas.Obtener(t.Context(), nuevoID())
		require.ErrorIs(t, err, domain.ErrReservaNoExiste)
	}))

	t.Run("cien_lineas", solo(nuevo, func(t *testing.T, a Almacen) {
		var lineas []domain.Linea
		for id := int64(domain.MaxLineas); id >= 1; id-- {
			a.alta(t, id, 2, 0)
			lineas = append(lineas, linea(id, 1))
		}
		id := a.reservada(t, lineas...)
		leida, err := a.uno().Reservas.Obtener(t.Context(), id)
		require.NoError(t, err)
		assert.Len(t, leida.Lineas(), domain.MaxLineas)
		_, err = a.uno().Reservas.Consumir(t.Context(), id, causa)
		require.NoError(t, err)
		for id := int64(1); id <= domain.MaxLineas; id++ {
			a.exigir(t, id, 1, 0)
		}
		assert.Len(t, a.Libro(t), 3*domain.MaxLineas)
	}))
}

func exigirTerminada(t *testing.T, err error, en domain.Estado) {
	t.Helper()
	require.ErrorIs(t, err, domain.ErrReservaTerminada)
	assert.Equal(t, string(en), extra(err, "estado"))
}
