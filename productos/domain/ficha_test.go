package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/productos/domain"
)

func TestNewProducto_Reglas(t *testing.T) {
	t.Parallel()
	atributos := func(n int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprint(i)] = "v"
		}
		return m
	}
	type f = *domain.Ficha
	for nombre, caso := range map[string]struct {
		cambiar func(f)
		error   string // "campo CODIGO"; "": the ficha is right
	}{
		"sin_cambios":                 {func(f) {}, ""},
		"nombre_vacio":                {func(x f) { x.Nombre = "" }, "nombre OBLIGATORIO"},
		"nombre_de_espacios":          {func(x f) { x.Nombre = " \t\u00a0" }, "nombre OBLIGATORIO"},
		"nombre_largo":                {func(x f) { x.Nombre = strings.Repeat("ñ", 200) }, ""},
		"nombre_demasiado_largo":      {func(x f) { x.Nombre = strings.Repeat("ñ", 201) }, "nombre LONGITUD"},
		"nombre_largo_con_espacios":   {func(x f) { x.Nombre = "  " + strings.Repeat("ñ", 200) + "  " }, ""},
		"nombre_con_salto_de_linea":   {func(x f) { x.Nombre = "a\nb" }, "nombre FORMATO"},
		"nombre_con_nul":              {func(x f) { x.Nombre = "a\x00b" }, "nombre FORMATO"},
		"nombre_con_control_c1":       {func(x f) { x.Nombre = "a\u0085b" }, "nombre FORMATO"},
		"nombre_con_invisible":        {func(x f) { x.Nombre = "Ta\u200bza" }, "nombre FORMATO"},
		"nombre_al_reves":             {func(x f) { x.Nombre = "Ta\u202eza" }, "nombre FORMATO"},
		"nombre_de_marcas":            {func(x f) { x.Nombre = "\u0301" }, "nombre OBLIGATORIO"},
		"nombre_que_crece":            {func(x f) { x.Nombre = strings.Repeat("ﷺ", 20) }, "nombre LONGITUD"},
		"categoria_con_invisible":     {func(x f) { x.Categoria = "a\u00adb" }, "categoria FORMATO"},
		"descripcion_vacia":           {func(x f) { x.Descripcion = "" }, ""},
		"descripcion_con_lineas":      {func(x f) { x.Descripcion = "a\r\n\tb" }, ""},
		"descripcion_larga":           {func(x f) { x.Descripcion = strings.Repeat("ñ", 5000) }, ""},
		"descripcion_muy_larga":       {func(x f) { x.Descripcion = strings.Repeat("ñ", 5001) }, "descripcion LONGITUD"},
		"descripcion_con_bidi":        {func(x f) { x.Descripcion = "a\u202eb" }, "descripcion FORMATO"},
		"atributo_con_invisible":      {func(x f) { x.Atributos = map[string]string{"color": "ro\u200bjo"} }, "atributos FORMATO"},
		"descripcion_con_nul":         {func(x f) { x.Descripcion = "\x00" }, "descripcion FORMATO"},
		"precio_cero":                 {func(x f) { x.Precio = 0 }, ""},
		"precio_maximo":               {func(x f) { x.Precio = money.Max }, ""},
		"precio_negativo":             {func(x f) { x.Precio = -1 }, "precio FUERA_DE_RANGO"},
		"precio_excesivo":             {func(x f) { x.Precio = money.Max + 1 }, "precio FUERA_DE_RANGO"},
		"moneda_en_minusculas":        {func(x f) { x.Moneda = "eur" }, "moneda VALOR"},
		"moneda_sin_centimos":         {func(x f) { x.Moneda = "JPY" }, "moneda VALOR"},
		"moneda_de_otro_pais":         {func(x f) { x.Moneda = "MXN" }, ""},
		"sku_ausente":                 {func(x f) { x.SKU = "" }, ""},
		"sku_con_todo":                {func(x f) { x.SKU = "aZ09._-" }, ""},
		"sku_largo":                   {func(x f) { x.SKU = strings.Repeat("A", 64) }, ""},
		"sku_demasiado_largo":         {func(x f) { x.SKU = strings.Repeat("A", 65) }, "sku LONGITUD"},
		"sku_con_espacio":             {func(x f) { x.SKU = "A 1" }, "sku FORMATO"},
		"sku_con_acento":              {func(x f) { x.SKU = "Ñ" }, "sku FORMATO"},
		"categoria_ausente":           {func(x f) { x.Categoria = "" }, ""},
		"categoria_de_espacios":       {func(x f) { x.Categoria = "  " }, "categoria LONGITUD"},
		"categoria_demasiado_larga":   {func(x f) { x.Categoria = strings.Repeat("c", 101) }, "categoria LONGITUD"},
		"categoria_con_control":       {func(x f) { x.Categoria = "a\tb" }, "categoria FORMATO"},
		"estado_desconocido":          {func(x f) { x.Estado = "activo" }, "estado VALOR"},
		"estado_borrador":             {func(x f) { x.Estado = domain.Borrador }, ""},
		"atributos_50":                {func(x f) { x.Atributos = atributos(50) }, ""},
		"atributos_51":                {func(x f) { x.Atributos = atributos(51) }, "atributos LONGITUD"},
		"atributo_sin_nombre":         {func(x f) { x.Atributos = map[string]string{" ": "v"} }, "atributos LONGITUD"},
		"atributo_sin_nombre_visible": {func(x f) { x.Atributos = map[string]string{"\u2800": "v"} }, "atributos LONGITUD"},
		"atributos_iguales": {func(x f) { x.Atributos = map[string]string{"Color": "a", "color": "b"} },
			"atributos DUPLICADO"},
		"atributos_que_se_ven_igual": {func(x f) { x.Atributos = map[string]string{"café": "a", "cafe\u0301": "b"} },
			"atributos DUPLICADO"},
		"atributos_con_otros_espacios": {func(x f) { x.Atributos = map[string]string{"a b": "a", " a\u00a0b": "b"} },
			"atributos DUPLICADO"},
		"atributo_de_nombre_largo": {func(x f) { x.Atributos = map[string]string{strings.Repeat("k", 65): "v"} },
			"atributos LONGITUD"},
		"atributo_de_valor_vacio": {func(x f) { x.Atributos = map[string]string{"k": ""} }, ""},
		"atributo_de_valor_largo": {func(x f) { x.Atributos = map[string]string{"k": strings.Repeat("ñ", 500)} }, ""},
		"atributo_de_valor_excesivo": {func(x f) { x.Atributos = map[string]string{"k": strings.Repeat("ñ", 501)} },
			"atributos LONGITUD"},
		"atributo_con_nul": {func(x f) { x.Atributos = map[string]string{"k": "\x00"} }, "atributos FORMATO"},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			ficha := taza()
			caso.cambiar(&ficha)
			_, err := domain.NewProducto(ficha, ayer)
			if caso.error == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, fault.ErrInvalid)
			campos := fault.From(err).Fields
			require.Len(t, campos, 1)
			assert.Equal(t, caso.error, campos[0].Campo+" "+campos[0].Codigo)
			assert.NotEmpty(t, campos[0].Mensaje)
		})
	}
}

func TestNewProducto_guarda_los_textos_en_una_forma(t *testing.T) {
	t.Parallel()
	p, err := domain.NewProducto(domain.Ficha{Nombre: " Ｔaza \u00a0 grande", Categoria: "ﬁna  y  blanca"}, ayer)
	require.NoError(t, err)
	assert.Equal(t, "Taza grande", p.Ficha().Nombre)
	assert.Equal(t, "fina y blanca", p.Ficha().Categoria)
}

func TestNewProducto_nombra_todos_los_campos_incorrectos(t *testing.T) {
	t.Parallel()
	_, err := domain.NewProducto(domain.Ficha{
		Descripcion: "\x00", Precio: -1, Moneda: "eur", SKU: "ñ", Categoria: " ", Estado: "?", Atributos: map[string]string{"": ""},
	}, ayer)

	var campos []string
	for _, campo := range fault.From(err).Fields {
		campos = append(campos, campo.Campo)
	}
	assert.Equal(t, []string{"nombre", "descripcion", "precio", "moneda", "sku", "categoria", "estado", "atributos"}, campos)
}
