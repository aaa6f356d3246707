package input_test

import (
	"reflect"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/input"
)

// Every message of Huma's has a code and a Spanish sentence, which never repeats the value.
func TestFault_of_every_rule_of_a_schema(t *testing.T) {
	t.Parallel()
	input.Speak()
	type named struct {
		Nombre string `json:"nombre"`
	}
	registry := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	object := huma.SchemaFromType(registry, reflect.TypeFor[named]())
	number := func(n float64) *float64 { return &n }
	length := func(n int) *int { return &n }
	const secret = "secret"
	for want, c := range map[string]struct {
		schema *huma.Schema
		value  any
	}{
		"cuerpo FUERA_DE_RANGO Debe ser mayor o igual que 0.01.": {
			&huma.Schema{Type: "number", Minimum: number(.01)}, 0.0,
		},
		"cuerpo FUERA_DE_RANGO Debe ser menor o igual que 9999999999999.99.": {
			&huma.Schema{Type: "number", Maximum: number(9999999999999.99)}, 1e14,
		},
		"cuerpo FUERA_DE_RANGO Debe ser mayor que 0.": {
			&huma.Schema{Type: "number", ExclusiveMinimum: number(0)}, 0.0,
		},
		"cuerpo FUERA_DE_RANGO Debe ser menor que 1000000.": {
			&huma.Schema{Type: "integer", ExclusiveMaximum: number(1e6)}, 1e7,
		},
		"cuerpo LONGITUD Debe tener al menos 10 caracteres.": {
			&huma.Schema{Type: "string", MinLength: length(10)}, secret,
		},
		"cuerpo LONGITUD Debe tener como mucho 2 caracteres.": {
			&huma.Schema{Type: "string", MaxLength: length(2)}, secret,
		},
		"cuerpo LONGITUD Debe tener al menos 2 elementos.": {
			&huma.Schema{Type: "array", Items: &huma.Schema{}, MinItems: length(2)}, []any{secret},
		},
		"cuerpo LONGITUD Debe tener como mucho 0 elementos.": {
			&huma.Schema{Type: "array", Items: &huma.Schema{}, MaxItems: length(0)}, []any{secret},
		},
		"cuerpo LONGITUD Debe tener al menos 2 campos.": {
			&huma.Schema{Type: "object", AdditionalProperties: true, MinProperties: length(2)},
			map[string]any{"a": secret}},
		"cuerpo LONGITUD Debe tener como mucho 0 campos.": {
			&huma.Schema{Type: "object", AdditionalProperties: true, MaxProperties: length(0)},
			map[string]any{"a": secret}},
		"cuerpo DUPLICADO No debe repetir elementos.": {
			&huma.Schema{Type: "array", Items: &huma.Schema{}, UniqueItems: true}, []any{secret, secret},
		},
		"cuerpo VALOR Debe ser uno de: rojo, azul.": {
			&huma.Schema{Type: "string", Enum: []any{"rojo", "azul"}}, secret,
		},
		"cuerpo FORMATO Debe ser una fecha con hora y zona, como 2026-01-31T12:00:00Z (RFC 3339, T y Z mayúsculas, " +
			"segundos 00 a 59).": {
			&huma.Schema{Type: "string", Format: "date-time"}, secret,
		},
		"cuerpo FORMATO Debe ser una dirección de correo.": {
			&huma.Schema{Type: "string", Format: "email"}, secret,
		},
		"cuerpo FORMATO Debe ser un UUID.": {
			&huma.Schema{Type: "string", Format: "uuid"}, secret,
		},
		"cuerpo FORMATO Debe cumplir el patrón ^[0-9]%d$.": {
			&huma.Schema{Type: "string", Pattern: "^[0-9]%d$"}, secret,
		},
		"cuerpo FORMATO No tiene el formato debido.": {
			&huma.Schema{Type: "string", Format: "uri"}, secret + "\x7f",
		},
		"cuerpo TIPO Debe ser true o false.": {
			&huma.Schema{Type: "boolean"}, secret,
		},
		"cuerpo TIPO Debe ser un número.": {
			&huma.Schema{Type: "number"}, secret,
		},
		"cuerpo TIPO Debe ser un número entero.": {
			&huma.Schema{Type: "integer"}, 1.5,
		},
		"cuerpo TIPO Debe ser un texto.": {
			&huma.Schema{Type: "string"}, 7.0,
		},
		"cuerpo TIPO Debe ser una lista.": {
			&huma.Schema{Type: "array", Items: &huma.Schema{}}, secret,
		},
		"cuerpo TIPO Debe ser un objeto.": {
			object, secret,
		},
		"nombre OBLIGATORIO Es obligatorio.": {
			object, map[string]any{},
		},
		"otro DESCONOCIDO Este campo no existe o no se puede escribir.": {
			object, map[string]any{"nombre": "a", "otro": secret},
		},
	} {
		c.schema.PrecomputeMessages()
		path, found := huma.NewPathBuffer(nil, 0), &huma.ValidateResult{}
		path.Push("body")
		huma.Validate(registry, c.schema, path, huma.ModeWriteToServer, c.value, found)
		err := fault.From(input.Fault(422, "", found.Errors))
		require.Len(t, err.Fields, 1, want)
		f := err.Fields[0]
		assert.Equal(t, want, f.Campo+" "+f.Codigo+" "+f.Mensaje)
		assert.NotContains(t, err.Error(), secret)
	}
}
