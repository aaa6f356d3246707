// Package portstest has the tests that every implementation of the ports passes. A new storage runs RepositorioSuite.
package portstest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

// Almacen has both ports on the same products.
type Almacen interface {
	ports.Repositorio
	ports.Catalogo
}

// RepositorioSuite checks a storage; nuevo returns an empty one.
func RepositorioSuite(t *testing.T, nuevo func(t *testing.T) Almacen) {
	t.Helper()
	for _, caso := range []struct {
		nombre string
		probar func(t *testing.T, a Almacen)
	}{
		{"crear_y_obtener_devuelven_lo_mismo", crearYObtener},
		{"obtener_desconocido_no_existe", obtenerDesconocido},
		{"nombre_unico_entre_no_archivados", nombreUnico},
		{"sku_unico_entre_no_archivados", skuUnico},
		{"ambos_tomados_el_nombre_primero", ambosTomados},
		{"lo_que_era_antes_de_archivar_se_guarda", anteriorSeGuarda},
		{"actualizar_guarda_lo_que_hizo_la_funcion", actualizarGuarda},
		{"actualizar_sin_cambios_no_escribe", actualizarSinCambios},
		{"actualizar_que_falla_no_guarda_nada", actualizarFalla},
		{"actualizar_desconocido_no_existe", actualizarDesconocido},
		{"actualizar_a_la_vez_no_pierde_cambios", actualizarALaVez},
		{"crear_a_la_vez_el_mismo_nombre_gana_uno", crearALaVez},
		{"con_una_clave_una_vez", unaVez},
		{"activos_por_id_y_por_paginas", activosPorPaginas},
		{"buscar_por_todo_lo_que_se_pide", buscar},
		{"por_ids_cada_uno_una_vez", porIDs},
		{"lo_que_falta_en_uno_no_viene_de_otro", cadaUnoLoSuyo},
	} {
		t.Run(caso.nombre, func(t *testing.T) {
			t.Parallel()
			caso.probar(t, nuevo(t))
		})
	}
}

var instante = time.Date(2026, 3, 29, 0, 59, 59, 123456000, time.UTC)

// ficha has a value in every field.
func ficha(nombre string) domain.Ficha {
	return domain.Ficha{
		Nombre: nombre, Descripcion: "Dos líneas:\nésta y la 'otra' \"más\" 🫖", Precio: money.Max, Moneda: "USD",
		SKU: "SKU-" + strings.ReplaceAll(nombre, " ", "-"), Categoria: "Menaje", Estado: domain.Activo,
		Atributos: map[string]string{"color": "añil", `con "comillas"`: "$1 ? \\"},
	}
}

// escrita is ficha after cambiar has changed it.
func escrita(nombre string, cambiar func(*domain.Ficha)) domain.Ficha {
	f := ficha(nombre)
	cambiar(&f)
	return f
}

func conSKU(nombre, sku string) domain.Ficha {
	return escrita(nombre, func(f *domain.Ficha) { f.SKU = sku })
}

func producto(t *testing.T, f domain.Ficha) *domain.Producto {
	t.Helper()
	p, err := domain.NewProducto(f, instante)
	require.NoError(t, err)
	return p
}

func guardado(t *testing.T, a Almacen, f domain.Ficha) *domain.Producto {
	t.Helper()
	p, err := a.Crear(t.Context(), idempotency.Key{}, producto(t, f))
	require.NoError(t, err)
	return p
}

func idsDe(productos []*domain.Producto) []int64 {
	ids := make([]int64, 0, len(productos))
	for _, p := range productos {
		ids = append(ids, p.ID())
	}
	return ids
}
