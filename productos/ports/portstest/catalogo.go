package portstest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

func activosPorPaginas(t *testing.T, a Almacen) {
	var activos []int64
	for i := range 7 {
		activos = append(activos, guardado(t, a, ficha(fmt.Sprintf("activo-%d", i))).ID())
		guardado(t, a, escrita(fmt.Sprintf("borrador-%d", i), func(f *domain.Ficha) { f.Estado = domain.Borrador }))
	}
	archivar(t, a, activos[2])
	activos = append(activos[:2], activos[3:]...)

	var vistos []int64
	for despuesDe := int64(0); ; {
		pagina, err := a.Buscar(t.Context(), ports.Busqueda{Estado: domain.Activo, DespuesDe: despuesDe, Limite: 4})
		require.NoError(t, err)
		if len(pagina) == 0 {
			break
		}
		require.LessOrEqual(t, len(pagina), 4)
		vistos = append(vistos, idsDe(pagina)...)
		despuesDe = vistos[len(vistos)-1]
	}
	assert.Equal(t, activos, vistos)

	primera, err := a.Buscar(t.Context(), ports.Busqueda{Estado: domain.Activo, Limite: 1})
	require.NoError(t, err)
	assert.Equal(t, ficha("activo-0"), primera[0].Ficha())
}

func porIDs(t *testing.T, a Almacen) {
	uno := guardado(t, a, ficha("uno"))
	dos := guardado(t, a, escrita("dos", func(f *domain.Ficha) { f.Estado = domain.Borrador }))
	tres := guardado(t, a, ficha("tres"))
	guardado(t, a, ficha("cuatro"))
	archivar(t, a, tres.ID())

	hallados, err := a.PorIDs(t.Context(), []int64{tres.ID(), desconocido, uno.ID(), uno.ID(), dos.ID()})
	require.NoError(t, err)
	assert.Equal(t, []int64{uno.ID(), dos.ID(), tres.ID()}, idsDe(hallados))
	assert.Equal(t, uno, hallados[0])

	for _, ids := range [][]int64{nil, {desconocido}} {
		ninguno, err := a.PorIDs(t.Context(), ids)
		require.NoError(t, err)
		assert.Empty(t, ninguno)
	}
}

// cadaUnoLoSuyo reads rows with and without optional fields, and with different attributes, in one statement.
func cadaUnoLoSuyo(t *testing.T, a Almacen) {
	var guardados []*domain.Producto
	for i, atributos := range []map[string]string{{"color": "azul"}, nil, {"talla": "M"}, nil} {
		guardados = append(guardados, guardado(t, a, escrita(fmt.Sprintf("p-%d", i), func(f *domain.Ficha) {
			f.Atributos = atributos
			if atributos == nil {
				f.SKU, f.Categoria = "", ""
			}
		})))
	}
	archivar(t, a, guardados[2].ID())
	leido, err := a.Obtener(t.Context(), guardados[2].ID())
	require.NoError(t, err)
	guardados[2] = leido

	hallados, err := a.PorIDs(t.Context(), idsDe(guardados))
	require.NoError(t, err)
	assert.Equal(t, guardados, hallados)
}

func buscar(t *testing.T, a Almacen) {
	taza := guardado(t, a, ficha("Taza"))
	vaso := guardado(t, a, escrita("Vaso", func(f *domain.Ficha) { f.Estado = domain.Borrador }))
	vieja := guardado(t, a, ficha("Vieja"))
	archivar(t, a, vieja.ID())
	nueva := guardado(t, a, ficha("Vieja"))
	for nombre, caso := range map[string]struct {
		busqueda ports.Busqueda
		ids      []int64
	}{
		"nombre":          {ports.Busqueda{Nombre: domain.Identidad("VIEJA")}, []int64{vieja.ID(), nueva.ID()}},
		"nombre_y_estado": {ports.Busqueda{Nombre: domain.Identidad("vieja"), Estado: domain.Archivado}, []int64{vieja.ID()}},
		"sku":             {ports.Busqueda{SKU: domain.Identidad("sku-TAZA")}, []int64{taza.ID()}},
		"estado":          {ports.Busqueda{Estado: domain.Borrador}, []int64{vaso.ID()}},
		"cursor":          {ports.Busqueda{Estado: domain.Activo, DespuesDe: taza.ID()}, []int64{nueva.ID()}},
		"no_cuadra":       {ports.Busqueda{Nombre: domain.Identidad("Taza"), SKU: domain.Identidad("SKU-Vaso")}, []int64{}},
	} {
		caso.busqueda.Limite = 10
		hallados, err := a.Buscar(t.Context(), caso.busqueda)
		require.NoError(t, err, nombre)
		assert.Equal(t, caso.ids, idsDe(hallados), nombre)
	}
}
