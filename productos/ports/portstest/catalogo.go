package portstest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/productos/domain"
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
		pagina, err := a.Activos(t.Context(), despuesDe, 4)
		require.NoError(t, err)
		if len(pagina) == 0 {
			break
		}
		require.LessOrEqual(t, len(pagina), 4)
		vistos = append(vistos, idsDe(pagina)...)
		despuesDe = vistos[len(vistos)-1]
	}
	assert.Equal(t, activos, vistos)

	primera, err := a.Activos(t.Context(), 0, 1)
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
