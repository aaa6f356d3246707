package bunstore

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/productos/domain"
)

func TestFila_ida_y_vuelta(t *testing.T) {
	t.Parallel()
	instante := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	p, err := domain.RehidratarProducto(domain.RegistroProducto{
		ID: 7,
		Ficha: domain.Ficha{
			Nombre: "Taza", Descripcion: "De barro", Precio: 1999, Moneda: "USD", SKU: "T-1", Categoria: "Menaje",
			Estado: domain.Archivado, Atributos: map[string]string{"color": "rojo"},
		},
		Anterior: domain.Borrador, Version: 3, CreadoEn: instante, ActualizadoEn: instante.Add(time.Hour),
	})
	require.NoError(t, err)
	f := aFila(p)
	for _, v := range []reflect.Value{reflect.ValueOf(p.Ficha()), reflect.ValueOf(*f)} {
		for i := range v.NumField() {
			campo := v.Type().Field(i)
			assert.True(t, campo.Anonymous || !v.Field(i).IsZero(), "%s is left out of %s", campo.Name, v.Type())
		}
	}
	vuelta, err := f.aDominio()
	require.NoError(t, err)
	assert.Equal(t, p, vuelta)
}

func TestColumnas_son_los_campos_de_fila(t *testing.T) {
	t.Parallel()
	var esperadas []string
	for i := range reflect.TypeFor[fila]().NumField() {
		campo := reflect.TypeFor[fila]().Field(i)
		nombre, _, _ := strings.Cut(campo.Tag.Get("bun"), ",")
		if !campo.Anonymous {
			esperadas = append(esperadas, nombre)
		}
	}
	assert.Equal(t, strings.Join(esperadas, ", "), columnas)
}
