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
	t.Run("alta_se_lee_igual", solo(nuevo, func(t *testing.T, a Almacen) {
		nuevas := existenciasDe(t, 4, 10, 3)
		require.NoError(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, nuevas, causa))

		leidas, err := a.uno().Existencias.Obtener(t.Context(), 4)
		require.NoError(t, err)
		assert.Equal(t, nuevas, leidas)
	}))

	t.Run("segunda_alta_no_cambia_nada", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		otras := existenciasDe(t, 1, 99, 5)
		require.ErrorIs(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, otras, causa), domain.ErrYaExiste)
		a.exigir(t, 1, 10, 0)
		assert.Len(t, a.Libro(t), 1)
	}))

	t.Run("desconocidas", solo(nuevo, func(t *testing.T, a Almacen) {
		_, err := a.uno().Existencias.Obtener(t.Context(), 404)
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
		_, err = a.uno().mover(t.Context(), movimiento(t, 404, domain.Entrada, 1))
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
		assert.Empty(t, a.Libro(t))
	}))

	t.Run("cada_tipo_mueve_lo_suyo", solo(nuevo, func(t *testing.T, a Almacen) {
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
			despues, err := a.uno().mover(t.Context(), movimiento(t, 1, caso.tipo, caso.cantidad))
			require.NoError(t, err, caso.tipo)
			assert.Equal(t, caso.fisico, despues.Fisico(), caso.tipo)
			assert.Equal(t, int64(i+2), despues.Version(), caso.tipo)
			leidas, err := a.uno().Existencias.Obtener(t.Context(), 1)
			require.NoError(t, err)
			assert.Equal(t, despues, leidas)
		}
	}))

	t.Run("no_sale_lo_que_no_hay_ni_lo_reservado", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		a.reservada(t, linea(1, 7))
		for _, tipo := range []domain.Tipo{domain.Salida, domain.Merma} {
			_, err := a.uno().mover(t.Context(), movimiento(t, 1, tipo, 4))
			require.ErrorIs(t, err, domain.ErrStockInsuficiente)
			assert.EqualValues(t, 3, extra(err, "disponible"))
		}
		a.exigir(t, 1, 10, 7)
		assert.Len(t, a.Libro(t), 2)
	}))

	t.Run("el_fisico_tiene_un_tope", solo(nuevo, func(t *testing.T, a Almacen) {
		lleno, err := domain.RehidratarExistencias(domain.RegistroExistencias{
			ProductoID: 1, Fisico: domain.MaxFisico - 2, Version: 1, ActualizadoEn: instante,
		})
		require.NoError(t, err)
		require.NoError(t, a.uno().Existencias.Alta(t.Context(), idempotency.Key{}, lleno, causa))
		_, err = a.uno().mover(t.Context(), movimiento(t, 1, domain.Entrada, 3))
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, _, err = devolver(t.Context(), a.uno(), nuevaDevolucion(), linea(1, 3))
		require.ErrorIs(t, err, fault.ErrInvalid)
		a.mover(t, 1, domain.TipoDevolucion, 1)
		_, _, err = devolver(t.Context(), a.uno(), nuevaDevolucion(), linea(1, 1))
		require.NoError(t, err)
		a.exigir(t, 1, domain.MaxFisico, 0)
	}))

	t.Run("el_tiempo_de_un_producto_no_retrocede", solo(nuevo, func(t *testing.T, a Almacen) {
		a.alta(t, 1, 10, 0)
		antes := causa
		antes.Cuando = instante.Add(-time.Hour) // a process whose clock is behind
		despues, err := a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, movimiento(t, 1, domain.Salida, 1), antes)
		require.NoError(t, err)
		assert.Equal(t, instante, despues.ActualizadoEn())
		luego := causa
		luego.Cuando = instante.Add(time.Microsecond)
		despues, err = a.uno().Existencias.Mover(t.Context(), idempotency.Key{}, movimiento(t, 1, domain.Salida, 1), luego)
		require.NoError(t, err)
		assert.Equal(t, luego.Cuando, despues.ActualizadoEn())
	}))

	t.Run("listar", solo(nuevo, func(t *testing.T, a Almacen) {
		for id := int64(1); id <= 5; id++ {
			a.alta(t, id, id*10, 30) // available 10 20 30 40 50: products 1 and 2 are below 30
		}
		a.reservada(t, linea(4, 11)) // 29 left of product 4
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
	}))
}
