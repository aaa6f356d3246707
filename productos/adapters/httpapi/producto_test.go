package httpapi

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/productos/domain"
)

// llena has a value in every field; a new field goes here too.
func llena() domain.Ficha {
	return domain.Ficha{
		Nombre: "Taza", Descripcion: "De barro", Precio: 1999, Moneda: "USD", SKU: "T-1", Categoria: "Menaje",
		Estado: domain.Borrador, Atributos: map[string]string{"color": "rojo"},
	}
}

func respuestaLlena(t *testing.T) Producto {
	t.Helper()
	instante := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	p, err := domain.RehidratarProducto(domain.RegistroProducto{
		ID: 7, Ficha: llena(), Version: 3, CreadoEn: instante, ActualizadoEn: instante.Add(time.Hour),
	})
	require.NoError(t, err)
	return aRespuesta(p)
}

func TestLlena_tiene_todos_los_campos(t *testing.T) {
	t.Parallel()
	for _, v := range []reflect.Value{reflect.ValueOf(llena()), reflect.ValueOf(respuestaLlena(t))} {
		for i := range v.NumField() {
			assert.False(t, v.Field(i).IsZero(), "%s is left out of %s", v.Type().Field(i).Name, v.Type())
		}
	}
}

// An answer that is sent back as a new product or as a patch gives the same ficha.
func TestProducto_ida_y_vuelta(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(respuestaLlena(t))
	require.NoError(t, err)

	var nuevo NuevoProducto
	require.NoError(t, json.Unmarshal(raw, &nuevo))
	assert.Equal(t, llena(), nuevo.aFicha())

	var cambios CambiosDeProducto
	require.NoError(t, json.Unmarshal(raw, &cambios))
	parcheada := domain.Ficha{Nombre: "Otra", Atributos: map[string]string{"color": "verde"}}
	cambios.aplicar(&parcheada)
	assert.Equal(t, llena(), parcheada)
}

func TestCambiosDeProducto_ausente_no_cambia_y_null_quita(t *testing.T) {
	t.Parallel()
	var nada, quitar CambiosDeProducto
	require.NoError(t, json.Unmarshal([]byte(`{}`), &nada))
	require.NoError(t, json.Unmarshal([]byte(`{"sku":null,"categoria":null,"atributos":null}`), &quitar))

	f := llena()
	nada.aplicar(&f)
	assert.Equal(t, llena(), f)

	quitar.aplicar(&f)
	esperada := llena()
	esperada.SKU, esperada.Categoria, esperada.Atributos = "", "", nil
	assert.Equal(t, esperada, f)
}
