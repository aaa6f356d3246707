package portstest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

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
	t.Run("una_vez_para_siempre", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		a.alta(t, 1, 10, 0)
		a.alta(t, 2, 0, 0)
		id := nuevaDevolucion()
		primera, creada, err := devolver(t.Context(), a.uno(), id, linea(2, 1), linea(1, 2))
		require.NoError(t, err)
		assert.True(t, creada)
		a.exigir(t, 1, 12, 0)
		a.exigir(t, 2, 1, 0)
		_, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.Salida, 12), causa)
		require.NoError(t, err)
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
	})

	t.Run("todo_o_nada", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		a.alta(t, 1, 10, 0)
		id := nuevaDevolucion()
		_, _, err := devolver(t.Context(), a.uno(), id, linea(1, 1), linea(3, 1), linea(4, 1))
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
		assert.Equal(t, []map[string]int64{{"producto_id": 3}, {"producto_id": 4}}, extra(t, err, "lineas"))
		a.exigir(t, 1, 10, 0)
		a.alta(t, 3, 0, 0)
		a.alta(t, 4, 0, 0)
		_, creada, err := devolver(t.Context(), a.uno(), id, linea(1, 1), linea(3, 1), linea(4, 1))
		require.NoError(t, err, "a later PUT may succeed")
		assert.True(t, creada)
		a.cuadrar(t)
	})

	t.Run("no_cabe", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		lleno, err := domain.RehidratarExistencias(domain.RegistroExistencias{
			ProductoID: 1, Fisico: domain.MaxFisico - 1, Version: 1, ActualizadoEn: instante,
		})
		require.NoError(t, err)
		require.NoError(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, lleno, causa))
		_, _, err = devolver(t.Context(), a.uno(), nuevaDevolucion(), linea(1, 2))
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, _, err = devolver(t.Context(), a.uno(), nuevaDevolucion(), linea(1, 1))
		require.NoError(t, err)
		a.exigir(t, 1, domain.MaxFisico, 0)
	})

	t.Run("minimo", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		_, err := a.uno().Existencias.PonerMinimo(t.Context(), 1, 4, nil, instante)
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
		a.alta(t, 1, 10, 3)
		luego := instante.Add(time.Second)
		for range 2 { // the same one changes nothing
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
		assert.EqualValues(t, 3, extra(t, err, "version_actual"))
		a.cuadrar(t)

		hay, err := a.uno().Existencias.De(t.Context(), []int64{1, 2, 1})
		require.NoError(t, err)
		assert.Equal(t, map[int64]*domain.Existencias{1: e}, hay)
	})

	t.Run("en_una_version", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		a.alta(t, 1, 10, 0)
		r, err := domain.NewRecuento(1, 9, 10)
		require.NoError(t, err)
		_, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.Salida, 99).EnVersion(2), causa)
		require.ErrorIs(t, err, fault.ErrPrecondition, "before it is said that there is not enough")
		_, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, r.EnVersion(2), causa)
		require.ErrorIs(t, err, fault.ErrPrecondition)
		_, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.Entrada, 1).EnVersion(1), causa)
		require.NoError(t, err)
		r, err = domain.NewRecuento(1, 9, 11)
		require.NoError(t, err)
		e, err := a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, r.EnVersion(2), causa)
		require.NoError(t, err)
		assert.Equal(t, [2]int64{9, 3}, [2]int64{e.Fisico(), e.Version()})
		assert.Len(t, a.Libro(t), 3)
	})
}

func devolucionesALaVez(t *testing.T, nuevo func(t *testing.T) Almacen) {
	a := nuevo(t)
	a.alta(t, 1, 0, 0)
	a.alta(t, 2, 0, 0)
	id := nuevaDevolucion()
	var creadas atomic.Int64
	simultaneos(50, func(i int) {
		lineas := []domain.Linea{linea(1, 2), linea(2, 1)}
		if i%2 == 1 {
			lineas[0], lineas[1] = lineas[1], lineas[0]
		}
		_, creada, err := devolver(t.Context(), a.de(i), id, lineas...)
		assert.NoError(t, err)
		if creada {
			creadas.Add(1)
		}
	})
	assert.EqualValues(t, 1, creadas.Load())
	a.exigir(t, 1, 2, 0)
	a.exigir(t, 2, 1, 0)

	// Of several changes in the same version one is made.
	var c cuenta
	simultaneos(20, func(i int) {
		_, err := a.de(i).Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.Entrada, 1).EnVersion(2), causa)
		c.anotar(t, err)
	})
	assert.Equal(t, map[string]int{"": 1, "VERSION_DISTINTA": 19}, c.n)
	a.exigir(t, 1, 3, 0)
	a.cuadrar(t)
}
