package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestArchivar(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.crear(t, completo)
	for range 2 { // may be repeated
		r := s.pedir(t, "DELETE", "/productos/1", "", como(catalogo))
		require.Equal(t, http.StatusNoContent, r.StatusCode, r.texto)
		assert.Empty(t, r.texto)
	}
	archivado := s.obtener(t, "/productos/1")
	assert.EqualValues(t, "ARCHIVADO", archivado.Estado)
	assert.Equal(t, int64(2), archivado.Version)
	s.crear(t, completo) // its name and its SKU are free
}

func TestArchivar_rechazos(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.crear(t, completo)
	exigirProblema(t, s.pedir(t, "DELETE", "/productos/1", ""), 401, "NO_AUTENTICADO")
	exigirProblema(t, s.pedir(t, "DELETE", "/productos/1", "", como(cliente)), 403, "PROHIBIDO")
	exigirProblema(t, s.pedir(t, "DELETE", "/productos/9", "", como(catalogo)), 404, "PRODUCTO_NO_EXISTE")
	exigirProblema(t, s.pedir(t, "DELETE", "/productos/0", "", como(catalogo)), 422, "VALIDACION", "id FUERA_DE_RANGO")
	p := exigirProblema(t, s.pedir(t, "DELETE", "/productos/1", "", como(catalogo), con("If-Match", `"4"`)), 412, "VERSION_DISTINTA")
	assert.Equal(t, int64(1), p.VersionActual)
	assert.EqualValues(t, "ACTIVO", s.obtener(t, "/productos/1").Estado)
	assert.Equal(t, 204, s.pedir(t, "DELETE", "/productos/1", "", como(catalogo), con("If-Match", `"1"`)).StatusCode)
}

func TestRestaurar(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.crear(t, completo)
	restaurar := func(ruta string, opciones ...opcion) respuesta {
		return s.pedir(t, "POST", ruta+"/restaurar", "", opciones...)
	}

	exigirProblema(t, restaurar("/productos/1"), 401, "NO_AUTENTICADO")
	exigirProblema(t, restaurar("/productos/1", como(cliente)), 403, "PROHIBIDO")
	exigirProblema(t, restaurar("/productos/9", como(catalogo)), 404, "PRODUCTO_NO_EXISTE")

	r := restaurar("/productos/1", como(catalogo))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.Equal(t, `"1"`, r.Header.Get("ETag"), "it was not archived")

	s.pedir(t, "DELETE", "/productos/1", "", como(catalogo))
	r = restaurar("/productos/1", como(catalogo))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.Equal(t, `"3"`, r.Header.Get("ETag"))
	assert.EqualValues(t, "ACTIVO", s.obtener(t, "/productos/1").Estado)

	s.pedir(t, "DELETE", "/productos/1", "", como(catalogo))
	otro := s.crear(t, `{"nombre":"taza","precio":1}`)
	p := exigirProblema(t, restaurar("/productos/1", como(catalogo)), 409, "NOMBRE_DUPLICADO")
	assert.Equal(t, otro.ID, p.ProductoID)
	s.pedir(t, "PATCH", "/productos/2", `{"nombre":"Otra","sku":"T-1"}`, como(catalogo))
	exigirProblema(t, restaurar("/productos/1", como(catalogo)), 409, "SKU_DUPLICADO")
	assert.Equal(t, int64(2), otro.ID)
}

func TestRestaurar_un_borrador_sigue_siendolo(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.crear(t, `{"nombre":"Idea","precio":0,"estado":"BORRADOR"}`)
	s.pedir(t, "DELETE", "/productos/1", "", como(catalogo))
	exigirProblema(t, s.pedir(t, "GET", "/productos/1", ""), 404, "PRODUCTO_NO_EXISTE") // archiving does not publish it
	assert.True(t, s.obtener(t, "/productos/1").Oculto)
	exigirProblema(t, s.pedir(t, "POST", "/productos/1/restaurar", "", como(catalogo), con("If-Match", `"1"`)), 412,
		"VERSION_DISTINTA")
	r := s.pedir(t, "POST", "/productos/1/restaurar", "", como(catalogo), con("If-Match", `"2"`))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.Contains(t, r.texto, `"estado":"BORRADOR"`)
	exigirProblema(t, s.pedir(t, "GET", "/productos/1", ""), 404, "PRODUCTO_NO_EXISTE")
}
