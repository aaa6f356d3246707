package portstest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/inventario/domain"
)

func devolver(ctx context.Context, p Proceso, id domain.DevolucionID, lineas ...domain.Linea) (*domain.Devolucion, bool, error) {
	nueva, err := domain.NewDevolucion(id, lineas, "pedido 1", instante)
	if err != nil {
		return nil, false, err
	}
	return p.Devoluciones.Devolver(ctx, nueva, causa)
}

func nuevaDevolucion() domain.DevolucionID { return domain.DevolucionID(nuevoID()) }

func devoluciones(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("una_vez_para_siempre", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		a.alta(t, 2, 0, 0)
		id := nuevaDevolucion()
		primera, creada, err := devolver(t.Context(), a.uno(), id, linea(2, 1), linea(1, 2))
		require.NoError(t, err)
		assert.True(t, creada)
		a.exigir(t, 1, 12, 0)
		a.exigir(t, 2, 1, 0)
		a.mover(t, 1, domain.Salida, 12)
		for range 3 {
			otra, creada, err := devolver(t.Context(), a.uno(), id, linea(1, 1), linea(1, 1), linea(2, 1)) // the same sum
			require.NoError(t, err)
			assert.False(t, creada)
			assert.Equal(t, primera, otra)
		}
		_, _, err = devolver(t.Context(), a.uno(), id, linea(1, 2))
		require.ErrorIs(t, err, domain.ErrDevolucionDistinta)
		a.exigir(t, 1, 0, 0)
		libro := a.Libro(t)
		require.Len(t, libro, 5)
		for i, producto := range []int64{1, 2} {
			assert.Equal(t, domain.TipoDevolucion, libro[2+i].Tipo)
			assert.Equal(t, producto, libro[2+i].ProductoID)
			assert.Equal(t, "pedido 1", libro[2+i].Referencia)
		}
		a.cuadrar(t)
	}))

	t.Run("todo_o_nada", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		id := nuevaDevolucion()
		_, _, err := devolver(t.Context(), a.uno(), id, linea(1, 1), linea(3, 1), linea(4, 1))
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
		assert.Equal(t, []map[string]int64{{"producto_id": 3}, {"producto_id": 4}}, extra(err, "lineas"))
		a.exigir(t, 1, 10, 0)
		a.alta(t, 3, 0, 0)
		a.alta(t, 4, 0, 0)
		_, creada, err := devolver(t.Context(), a.uno(), id, linea(1, 1), linea(3, 1), linea(4, 1))
		require.NoError(t, err, "a later PUT under the same id may succeed")
		assert.True(t, creada)
		a.cuadrar(t)
	}))

	t.Run("minimo", solo(nuevo, func(t *testing.T, a Almacen) {
		_, err := a.uno().Existencias.PonerMinimo(t.Context(), 1, 4, nil, instante)
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
		a.alta(t, 1, 10, 3)
		luego := instante.Add(time.Second)
		for range 2 { // an equal minimum changes nothing
			e, err := a.uno().Existencias.PonerMinimo(t.Context(), 1, 4, nil, luego)
			require.NoError(t, err)
			assert.Equal(t, [4]int64{4, 2, 10, 0}, [4]int64{e.Minimo(), e.Version(), e.Fisico(), e.Reservado()})
			assert.Equal(t, luego, e.ActualizadoEn())
			leidas, err := a.uno().Existencias.Obtener(t.Context(), 1)
			require.NoError(t, err)
			assert.Equal(t, e, leidas)
		}
		e, err := a.uno().Existencias.PonerMinimo(t.Context(), 1, 5, []int64{2}, instante)
		require.NoError(t, err)
		assert.Equal(t, luego, e.ActualizadoEn(), "the time of a product never goes back")
		_, err = a.uno().Existencias.PonerMinimo(t.Context(), 1, 6, []int64{2}, luego)
		require.ErrorIs(t, err, fault.ErrPrecondition)
		assert.EqualValues(t, 3, extra(err, "version_actual"))
		a.cuadrar(t)

		hay, err := a.uno().Existencias.De(t.Context(), []int64{1, 2, 1})
		require.NoError(t, err)
		assert.Equal(t, map[int64]*domain.Existencias{1: e}, hay)
	}))

	t.Run("en_una_version", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		r := recuentoDe(t, 1, 9, 10)
		_, err := a.uno().mover(t.Context(), movimiento(t, 1, domain.Salida, 99).EnVersion(2))
		require.ErrorIs(t, err, fault.ErrPrecondition, "the version is checked before the units")
		_, err = a.uno().mover(t.Context(), r.EnVersion(2))
		require.ErrorIs(t, err, fault.ErrPrecondition)
		_, err = a.uno().mover(t.Context(), movimiento(t, 1, domain.Entrada, 1).EnVersion(1))
		require.NoError(t, err)
		r = recuentoDe(t, 1, 9, 11)
		e, err := a.uno().mover(t.Context(), r.EnVersion(2))
		require.NoError(t, err)
		assert.Equal(t, [2]int64{9, 3}, [2]int64{e.Fisico(), e.Version()})
		assert.Len(t, a.Libro(t), 3)
	}))
}

func devolucionesALaVez(t *testing.T, nuevo func(t *testing.T) Almacen) {
	a := nuevo(t)
	a.alta(t, 1, 0, 0)
	a.alta(t, 2, 0, 0)
	id := nuevaDevolucion()
	var creadas atomic.Int64
	errores := simultaneos(t, 50, func(i int) error {
		lineas := []domain.Linea{linea(1, 2), linea(2, 1)}
		if i%2 == 1 {
			lineas[0], lineas[1] = lineas[1], lineas[0]
		}
		_, creada, err := devolver(t.Context(), a.de(i), id, lineas...)
		if creada {
			creadas.Add(1)
		}
		return err
	})
	assert.Equal(t, map[string]int{"": 50}, errores)
	assert.EqualValues(t, 1, creadas.Load())
	a.exigir(t, 1, 2, 0)
	a.exigir(t, 2, 1, 0)

	// Of several changes for the same version, one is made.
	errores = simultaneos(t, 20, func(i int) error {
		_, err := a.de(i).mover(t.Context(), movimiento(t, 1, domain.Entrada, 1).EnVersion(2))
		return err
	})
	assert.Equal(t, map[string]int{"": 1, "VERSION_DISTINTA": 19}, errores)
	a.exigir(t, 1, 3, 0)
	a.cuadrar(t)
}
