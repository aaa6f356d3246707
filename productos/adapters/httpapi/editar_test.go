package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/money"
)

const completo = `{"nombre":"Taza","descripcion":"De barro","precio":19.99,"moneda":"USD","sku":"T-1","categoria":"Menaje",
	"atributos":{"color":"rojo","asa":"sí"}}`

func TestEditar(t *testing.T) {
	t.Parallel()
	t.Run("cambia_lo_enviado_y_nada_mas", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		antes := s.crear(t, completo)
		r := s.pedir(t, "PATCH", "/productos/1", `{"precio":25.5,"estado":"BORRADOR"}`, como(catalogo))
		require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
		assert.Equal(t, `"2"`, r.Header.Get("ETag"))

		despues := leer[struct{ Version int64 }](t, r)
		assert.Equal(t, int64(2), despues.Version)
		esperado := antes
		esperado.Precio, esperado.Estado, esperado.Oculto, esperado.Version = money.MustParse("25.5"), "BORRADOR", true, 2
		leido := s.obtener(t, "/productos/1")
		assert.False(t, leido.ActualizadoEn.Before(antes.ActualizadoEn))
		esperado.ActualizadoEn = leido.ActualizadoEn
		assert.Equal(t, esperado, leido)
	})
	t.Run("todos_los_campos", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.crear(t, completo)
		r := s.pedir(t, "PATCH", "/productos/1", `{"nombre":"Tazón","descripcion":"","precio":0.1,"moneda":"EUR","sku":"T-2",
			"categoria":"Cocina","estado":"ARCHIVADO","atributos":{"color":"azul"}}`,
			como(catalogo), con("Content-Type", "application/merge-patch+json"))
		require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
		p := s.obtener(t, "/productos/1")
		assert.Equal(t, []string{"Tazón", "", "0.10", "EUR", "T-2", "Cocina", "ARCHIVADO"},
			[]string{p.Nombre, p.Descripcion, p.Precio.String(), p.Moneda, p.SKU, p.Categoria, string(p.Estado)})
		assert.Equal(t, map[string]string{"color": "azul", "asa": "sí"}, p.Atributos)
	})
	t.Run("null_quita_los_opcionales", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.crear(t, completo)
		r := s.pedir(t, "PATCH", "/productos/1", `{"sku":null,"categoria":null,"atributos":null}`, como(catalogo))
		require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
		for _, ausente := range []string{"sku", "categoria", "atributos"} {
			assert.NotContains(t, r.texto, ausente)
		}
	})
	t.Run("null_quita_un_atributo", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.crear(t, completo)
		r := s.pedir(t, "PATCH", "/productos/1", `{"atributos":{"asa":null,"talla":"M","nunca":null}}`, como(catalogo))
		require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
		assert.Equal(t, map[string]string{"color": "rojo", "talla": "M"}, s.obtener(t, "/productos/1").Atributos)
	})
	t.Run("sin_cambios_conserva_la_version", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		antes := s.crear(t, completo)
		for _, body := range []string{`{}`, `{"nombre":" Taza ","precio":19.990}`, `{"atributos":{}}`} {
			r := s.pedir(t, "PATCH", "/productos/1", body, como(catalogo))
			require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
			assert.Equal(t, `"1"`, r.Header.Get("ETag"), body)
		}
		assert.Equal(t, antes, s.obtener(t, "/productos/1"))
	})
}

func TestEditar_If_Match(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.crear(t, completo)
	patch := func(body string, opciones ...opcion) respuesta {
		return s.pedir(t, "PATCH", "/productos/1", body, append(opciones, como(catalogo))...)
	}
	assert.Equal(t, 200, patch(`{"precio":1}`, con("If-Match", `"1"`)).StatusCode)
	for _, tag := range []string{`"1"`, `"3"`, `W/"2"`} {
		p := exigirProblema(t, patch(`{"precio":2}`, con("If-Match", tag)), 412, "VERSION_DISTINTA")
		assert.Equal(t, int64(2), p.VersionActual)
	}
	exigirProblema(t, patch(`{}`, con("If-Match", `"1"`)), 412, "VERSION_DISTINTA")
	exigirProblema(t, patch(`{"precio":2}`, con("If-Match", `2`)), 422, "VALIDACION", "If-Match FORMATO")
	assert.Equal(t, "1.00", s.obtener(t, "/productos/1").Precio.String())
	assert.Equal(t, 200, patch(`{"precio":2}`, con("If-Match", `*`)).StatusCode)
}

func TestEditar_rechazos(t *testing.T) {
	t.Parallel()
	t.Run("422_no_cambia_nada", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		antes := s.crear(t, completo)
		for body, campo := range map[string]string{
			`{"nombre":" "}`:                "nombre OBLIGATORIO",
			`{"precio":1.005}`:              "precio FORMATO",
			`{"precio":-1}`:                 "precio FUERA_DE_RANGO",
			`{"moneda":"KWD"}`:              "moneda VALOR",
			`{"sku":"ñ"}`:                   "sku FORMATO",
			`{"categoria":" "}`:             "categoria LONGITUD",
			`{"estado":"VENDIDO"}`:          "estado VALOR",
			`{"atributos":{"k":1}}`:         "atributos.k TIPO",
			`{"id":2}`:                      "id DESCONOCIDO",
			`{"version":9}`:                 "version DESCONOCIDO",
			`{"creado_en":"2026-01-01"}`:    "creado_en DESCONOCIDO",
			`{"existencias":1,"precio":30}`: "existencias DESCONOCIDO",
		} {
			exigirProblema(t, s.pedir(t, "PATCH", "/productos/1", body, como(catalogo)), 422, "VALIDACION", campo)
		}
		exigirProblema(t, s.pedir(t, "PATCH", "/productos/x", `{}`, como(catalogo)), 422, "VALIDACION", "id TIPO")
		assert.Equal(t, antes, s.obtener(t, "/productos/1"))
	})
	t.Run("422_null_en_lo_que_no_se_puede_quitar", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		antes := s.crear(t, completo)
		for _, campo := range []string{"nombre", "descripcion", "precio", "moneda", "estado"} {
			r := s.pedir(t, "PATCH", "/productos/1", `{"`+campo+`":null}`, como(catalogo))
			require.Equal(t, 422, r.StatusCode, "%s: %s", campo, r.texto)
			p := leer[problema](t, r)
			require.Len(t, p.Errores, 1)
			assert.Equal(t, campo, p.Errores[0].Campo)
		}
		assert.Equal(t, antes, s.obtener(t, "/productos/1"))
	})
	t.Run("404_gana_a_422", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		for _, body := range []string{`{"precio":1}`, `{"precio":-1}`, `{"nada":1}`} {
			exigirProblema(t, s.pedir(t, "PATCH", "/productos/7", body, como(catalogo)), 404, "PRODUCTO_NO_EXISTE")
		}
		exigirProblema(t, s.pedir(t, "PATCH", "/productos/7", `{}`, como(catalogo), con("If-Match", "x")), 404, "PRODUCTO_NO_EXISTE")
	})
	t.Run("401_y_403_ganan_a_404", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		exigirProblema(t, s.pedir(t, "PATCH", "/productos/7", `{}`), 401, "NO_AUTENTICADO")
		exigirProblema(t, s.pedir(t, "PATCH", "/productos/7", `{}`, como(cliente)), 403, "PROHIBIDO")
	})
	t.Run("409_duplicados", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.crear(t, completo)
		s.crear(t, `{"nombre":"Vaso","precio":1,"sku":"V-1"}`)
		exigirProblema(t, s.pedir(t, "PATCH", "/productos/2", `{"nombre":"TAZA"}`, como(catalogo)), 409, "NOMBRE_DUPLICADO")
		exigirProblema(t, s.pedir(t, "PATCH", "/productos/2", `{"sku":"T-1"}`, como(catalogo)), 409, "SKU_DUPLICADO")
	})
	t.Run("409_al_salir_de_ARCHIVADO", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.crear(t, `{"nombre":"Taza","precio":1,"estado":"ARCHIVADO"}`)
		s.crear(t, `{"nombre":"Taza","precio":1}`)
		for _, estado := range []string{"ACTIVO", "BORRADOR"} {
			r := s.pedir(t, "PATCH", "/productos/1", `{"estado":"`+estado+`"}`, como(catalogo))
			exigirProblema(t, r, 409, "NOMBRE_DUPLICADO")
		}
	})
	t.Run("415_otro_tipo", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.crear(t, completo)
		r := s.pedir(t, "PATCH", "/productos/1", `{}`, como(catalogo), con("Content-Type", "text/plain"))
		assert.Equal(t, 415, r.StatusCode, r.texto)
	})
}
