package portstest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

func existencias(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Run("alta_se_lee_igual", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		nuevas, err := domain.NewExistencias(4, 10, 3, instante)
		require.NoError(t, err)
		require.NoError(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, nuevas, causa))

		leidas, err := a.uno().Existencias.Obtener(t.Context(), 4)
		require.NoError(t, err)
		assert.Equal(t, nuevas, leidas)
	})

	t.Run("segunda_alta_no_cambia_nada", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		a.alta(t, 1, 10, 0)
		otras, err := domain.NewExistencias(1, 99, 5, instante)
		require.NoError(t, err)
		require.ErrorIs(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, otras, causa), domain.ErrYaExiste)
		a.exigir(t, 1, 10, 0)
		assert.Len(t, a.Libro(t), 1)
	})

	t.Run("desconocidas", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		_, err := a.uno().Existencias.Obtener(t.Context(), 404)
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
		_, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 404, domain.Entrada, 1), causa)
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
		assert.Empty(t, a.Libro(t))
	})

	t.Run("cada_tipo_mueve_lo_suyo", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		a.alta(t, 1, 10, 0)
		for i, caso := range []struct {
			tipo     domain.Tipo
			cantidad int64
			fisico   int64
		}{
			{domain.Entrada, 5, 15},
			{domain.Salida, 4, 11},
			{domain.Merma, 1, 10},
			{domain.TipoDevolucion, 2, 12},
			{domain.Salida, 12, 0},
		} {
			despues, err := a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, caso.tipo, caso.cantidad), causa)
			require.NoError(t, err, caso.tipo)
			assert.Equal(t, caso.fisico, despues.Fisico(), caso.tipo)
			assert.Equal(t, int64(i+2), despues.Version(), caso.tipo)
			leidas, err := a.uno().Existencias.Obtener(t.Context(), 1)
			require.NoError(t, err)
			assert.Equal(t, despues, leidas)
		}
	})

	t.Run("no_sale_lo_que_no_hay_ni_lo_reservado", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		a.alta(t, 1, 10, 0)
		_, _, err := reservar(t.Context(), a.uno(), nuevoID(), linea(1, 7))
		require.NoError(t, err)
		for _, tipo := range []domain.Tipo{domain.Salida, domain.Merma} {
			_, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, tipo, 4), causa)
			require.ErrorIs(t, err, domain.ErrStockInsuficiente)
			assert.EqualValues(t, 3, extra(t, err, "disponible"))
		}
		a.exigir(t, 1, 10, 7)
		assert.Len(t, a.Libro(t), 2)
	})

	t.Run("el_fisico_tiene_un_tope", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		lleno, err := domain.RehidratarExistencias(domain.RegistroExistencias{
			ProductoID: 1, Fisico: domain.MaxFisico - 1, Version: 1, ActualizadoEn: instante,
		})
		require.NoError(t, err)
		require.NoError(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, lleno, causa))
		_, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.Entrada, 2), causa)
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.TipoDevolucion, 1), causa)
		require.NoError(t, err)
		a.exigir(t, 1, domain.MaxFisico, 0)
	})

	t.Run("el_tiempo_de_un_producto_no_retrocede", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		a.alta(t, 1, 10, 0)
		antes := causa
		antes.Cuando = instante.Add(-time.Hour) // a process whose clock is behind
		despues, err := a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.Salida, 1), antes)
		require.NoError(t, err)
		assert.Equal(t, instante, despues.ActualizadoEn())
		luego := causa
		luego.Cuando = instante.Add(time.Microsecond)
		despues, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, mover(t, 1, domain.Salida, 1), luego)
		require.NoError(t, err)
		assert.Equal(t, luego.Cuando, despues.ActualizadoEn())
	})

	t.Run("listar", func(t *testing.T) {
		t.Parallel()
		a := nuevo(t)
		for id := int64(1); id <= 5; id++ {
			a.alta(t, id, id*10, 30) // available 10 20 30 40 50: products 1 and 2 are below 30
		}
		_, _, err := reservar(t.Context(), a.uno(), nuevoID(), linea(4, 11)) // 29 left of product 4
		require.NoError(t, err)
		for nombre, caso := range map[string]struct {
			filtro ports.Filtro
			ids    []int64
		}{
			"todas":         {ports.Filtro{Limite: 10}, []int64{1, 2, 3, 4, 5}},
			"limite":        {ports.Filtro{Limite: 2}, []int64{1, 2}},
			"continua":      {ports.Filtro{Limite: 2, DespuesDe: 2}, []int64{3, 4}},
			"bajo_minimo":   {ports.Filtro{Limite: 10, BajoMinimo: new(true)}, []int64{1, 2, 4}},
			"bajo_y_cursor": {ports.Filtro{Limite: 1, BajoMinimo: new(true), DespuesDe: 2}, []int64{4}},
			"no_bajo":       {ports.Filtro{Limite: 10, BajoMinimo: new(false)}, []int64{3, 5}},
			"producto":      {ports.Filtro{Limite: 10, ProductoID: 3}, []int64{3}},
			"producto_bien": {ports.Filtro{Limite: 10, ProductoID: 3, BajoMinimo: new(true)}, nil},
			"desconocido":   {ports.Filtro{Limite: 10, ProductoID: 99}, nil},
			"fin":           {ports.Filtro{Limite: 10, DespuesDe: 5}, nil},
		} {
			lista, err := a.uno().Existencias.Listar(t.Context(), caso.filtro)
			require.NoError(t, err, nombre)
			var ids []int64
			for _, e := range lista {
				ids = append(ids, e.ProductoID())
				assert.True(t, caso.filtro.BajoMinimo == nil || *caso.filtro.BajoMinimo == e.BajoMinimo(), nombre)
			}
			assert.Equal(t, caso.ids, ids, nombre)
		}
	})
}
