package httpapi_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/productos/adapters/httpapi"
)

func TestObtener(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.crear(t, completo)
	t.Run("200_con_ETag", func(t *testing.T) {
		t.Parallel()
		r := s.pedir(t, "GET", "/productos/1", "")
		assert.Equal(t, http.StatusOK, r.StatusCode)
		assert.Equal(t, `"1"`, r.Header.Get("ETag"))
	})
	t.Run("304_si_no_ha_cambiado", func(t *testing.T) {
		t.Parallel()
		for _, tag := range []string{`"1"`, `W/"1"`, `"7", "1"`, `*`} {
			r := s.pedir(t, "GET", "/productos/1", "", con("If-None-Match", tag))
			assert.Equal(t, http.StatusNotModified, r.StatusCode, tag)
			assert.Equal(t, `"1"`, r.Header.Get("ETag"))
			assert.Empty(t, r.texto)
		}
	})
	t.Run("200_si_ha_cambiado", func(t *testing.T) {
		t.Parallel()
		for _, tag := range []string{`"2"`, `"11"`, `1`, `otro`} {
			assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/productos/1", "", con("If-None-Match", tag)).StatusCode, tag)
		}
	})
	t.Run("404_desconocido", func(t *testing.T) {
		t.Parallel()
		exigirProblema(t, s.pedir(t, "GET", "/productos/2", ""), 404, "PRODUCTO_NO_EXISTE")
		exigirProblema(t, s.pedir(t, "GET", "/productos/2?que=1", ""), 404, "PRODUCTO_NO_EXISTE") // before what is wrong
		exigirProblema(t, s.pedir(t, "GET", "/productos/1?que=1", ""), 422, "VALIDACION", "que DESCONOCIDO")
		exigirProblema(t, s.pedir(t, "GET", "/productos/9223372036854775807", "", con("If-None-Match", "*")), 404, "PRODUCTO_NO_EXISTE")
	})
	t.Run("422_id_imposible", func(t *testing.T) {
		t.Parallel()
		exigirProblema(t, s.pedir(t, "GET", "/productos/0", ""), 422, "VALIDACION", "id FUERA_DE_RANGO")
		exigirProblema(t, s.pedir(t, "GET", "/productos/-1", ""), 422, "VALIDACION", "id FUERA_DE_RANGO")
		exigirProblema(t, s.pedir(t, "GET", "/productos/uno", ""), 422, "VALIDACION", "id TIPO")
		exigirProblema(t, s.pedir(t, "GET", "/productos/9223372036854775808", ""), 422, "VALIDACION", "id TIPO")
	})
	t.Run("401_con_un_token_malo", func(t *testing.T) {
		t.Parallel()
		exigirProblema(t, s.pedir(t, "GET", "/productos/1", "", como("falso")), 401, "NO_AUTENTICADO")
		assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/productos/1", "", como(cliente)).StatusCode)
	})
}

func TestListar(t *testing.T) {
	t.Parallel()
	t.Run("solo_ACTIVO_por_id", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		for i, estado := range []string{"ACTIVO", "BORRADOR", "ARCHIVADO", "ACTIVO"} {
			s.crear(t, fmt.Sprintf(`{"nombre":"p%d","precio":1,"estado":%q}`, i, estado))
		}
		r := s.pedir(t, "GET", "/productos", "")
		assert.Equal(t, []int64{1, 4}, ids(leer[[]httpapi.Producto](t, r)))
		assert.Empty(t, r.Header.Get("Link"))
	})
	t.Run("vacia_es_una_lista", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "[]", strings.TrimSpace(nuevaTienda(t).pedir(t, "GET", "/productos", "").texto))
	})
	t.Run("422_parametros", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		for consulta, campo := range map[string]string{
			"limite=0": "limite FUERA_DE_RANGO", "limite=201": "limite FUERA_DE_RANGO", "limite=x": "limite TIPO",
			"cursor=%C3%B1": "cursor FORMATO", "cursor=MA": "cursor FORMATO", "q=taza": "q DESCONOCIDO",
		} {
			exigirProblema(t, s.pedir(t, "GET", "/productos?"+consulta, ""), 422, "VALIDACION", campo)
		}
	})
}

func TestListar_ids(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	for i, estado := range []string{"ACTIVO", "BORRADOR", "ARCHIVADO", "ACTIVO"} {
		s.crear(t, fmt.Sprintf(`{"nombre":"p%d","precio":1,"estado":%q}`, i, estado))
	}
	t.Run("cualquier_estado_por_id_y_sin_repetir", func(t *testing.T) {
		t.Parallel()
		for token, vistos := range map[string][]int64{catalogo: {1, 2, 3}, pedidos: {1, 2, 3}, cliente: {1, 3}} {
			r := s.pedir(t, "GET", "/productos?ids=3,1,99,2,3", "", como(token))
			require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
			assert.Equal(t, vistos, ids(leer[[]httpapi.Producto](t, r)), token)
			assert.Empty(t, r.Header.Get("Link"))
		}
	})
	t.Run("100_si_101_no", func(t *testing.T) {
		t.Parallel()
		cien := strings.TrimSuffix(strings.Repeat("1,", 100), ",")
		assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/productos?ids="+cien, "").StatusCode)
		exigirProblema(t, s.pedir(t, "GET", "/productos?ids="+cien+",1", ""), 422, "VALIDACION", "ids LONGITUD")
	})
	for consulta, campo := range map[string]string{
		"ids=": "ids OBLIGATORIO", "ids=1&ids=2": "ids DUPLICADO", "ids=a": "ids TIPO", "ids=1,,2": "ids TIPO",
		"ids=1&sku=a": "sku VALOR", "ids=1&nombre=b": "nombre VALOR", "ids=1&limite=100": "limite VALOR",
		"ids=1&cursor=MQ": "cursor VALOR", "ids=0": "ids[0] FUERA_DE_RANGO", "ids=1,-1": "ids[1] FUERA_DE_RANGO",
		"ids=9223372036854775808": "ids TIPO",
	} {
		t.Run("422_"+consulta, func(t *testing.T) {
			t.Parallel()
			exigirProblema(t, s.pedir(t, "GET", "/productos?"+consulta, ""), 422, "VALIDACION", campo)
		})
	}
}

func TestBorrador_no_existe_para_los_demas(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.crear(t, `{"nombre":"Idea","precio":0,"sku":"I-1","estado":"BORRADOR"}`)
	for _, quien := range [][]opcion{nil, {como(cliente)}} {
		desconocido := s.pedir(t, "GET", "/productos/2", "", quien...)
		for _, cabeceras := range [][]opcion{nil, {con("If-None-Match", `"1"`)}, {con("If-None-Match", "*")}} {
			r := s.pedir(t, "GET", "/productos/1", "", append(cabeceras, quien...)...)
			p := exigirProblema(t, r, 404, "PRODUCTO_NO_EXISTE")
			assert.Equal(t, leer[problema](t, desconocido), p, "the same words as for an unknown one")
			assert.Empty(t, r.Header.Get("ETag"))
		}
		for _, consulta := range []string{"", "?ids=1", "?sku=I-1", "?nombre=idea"} {
			assert.Equal(t, "[]", strings.TrimSpace(s.pedir(t, "GET", "/productos"+consulta, "", quien...).texto), consulta)
		}
		for _, estado := range []string{"BORRADOR", "ACTIVO", "OTRO", ""} { // 403 before 422
			exigirProblema(t, s.pedir(t, "GET", "/productos?estado="+estado, "", quien...), 403, "PROHIBIDO")
		}
	}
	for _, token := range []string{catalogo, pedidos} {
		assert.Equal(t, 200, s.pedir(t, "GET", "/productos/1", "", como(token)).StatusCode)
		assert.Equal(t, 304, s.pedir(t, "GET", "/productos/1", "", como(token), con("If-None-Match", `"1"`)).StatusCode)
	}
	for _, consulta := range []string{"sku=i-1", "nombre=%20IDEA", "estado=BORRADOR"} {
		assert.Equal(t, []int64{1}, ids(leer[[]httpapi.Producto](t, s.pedir(t, "GET", "/productos?"+consulta, "", como(catalogo)))),
			consulta)
	}
	for consulta, campo := range map[string]string{
		"nombre=%20": "nombre FORMATO", "nombre=": "nombre OBLIGATORIO", "sku=%E2%80%8B": "sku FORMATO", "estado=OTRO": "estado VALOR",
		"estado=": "estado OBLIGATORIO",
	} {
		exigirProblema(t, s.pedir(t, "GET", "/productos?"+consulta, "", como(catalogo)), 422, "VALIDACION", campo)
	}
}

// A client that reads all pages sees each product that existed at the start once, also when products are added meanwhile.
func TestListar_cursor_mientras_otros_insertan(t *testing.T) {
	t.Parallel()
	const iniciales, nuevos = 300, 100
	s := nuevaTienda(t)
	for i := range iniciales {
		s.crear(t, fmt.Sprintf(`{"nombre":"inicial %d","precio":1}`, i))
	}
	var grupo sync.WaitGroup
	grupo.Go(func() {
		for i := range nuevos {
			body := fmt.Sprintf(`{"nombre":"nuevo %d","precio":1}`, i)
			assert.Equal(t, http.StatusCreated, s.pedir(t, "POST", "/productos", body, como(catalogo)).StatusCode)
		}
	})
	veces := map[int64]int{}
	var ultimo int64
	for ruta := "/productos?limite=7"; ruta != ""; {
		r := s.pedir(t, "GET", ruta, "")
		require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
		pagina := leer[[]httpapi.Producto](t, r)
		require.LessOrEqual(t, len(pagina), 7)
		for _, p := range pagina {
			assert.Greater(t, p.ID, ultimo)
			ultimo = p.ID
			veces[p.ID]++
		}
		ruta = siguiente(t, r)
	}
	grupo.Wait()
	for id := int64(1); id <= iniciales; id++ {
		assert.Equal(t, 1, veces[id], "product %d", id)
	}
}

func TestBase_caida_503(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	require.NoError(t, s.base.Close())
	for _, r := range []respuesta{
		s.pedir(t, "GET", "/productos", ""),
		s.pedir(t, "GET", "/productos?ids=1", ""),
		s.pedir(t, "GET", "/productos/1", ""),
		s.pedir(t, "POST", "/productos", completo, como(catalogo)),
		s.pedir(t, "PATCH", "/productos/1", `{}`, como(catalogo)),
		s.pedir(t, "DELETE", "/productos/1", "", como(catalogo)),
		s.pedir(t, "POST", "/productos/1/restaurar", "", como(catalogo)),
	} {
		exigirProblema(t, r, 503, "SERVICIO_NO_DISPONIBLE")
		assert.NotEmpty(t, r.Header.Get("Retry-After"))
	}
}

var enlace = regexp.MustCompile(`^<(\?[^>]+)>; rel="next"$`)

func siguiente(t *testing.T, r respuesta) string {
	t.Helper()
	link := r.Header.Get("Link")
	if link == "" {
		return ""
	}
	partes := enlace.FindStringSubmatch(link)
	require.NotNil(t, partes, link)
	return "/productos" + partes[1]
}

func ids(productos []httpapi.Producto) []int64 {
	vistos := []int64{}
	for _, p := range productos {
		vistos = append(vistos, p.ID)
	}
	return vistos
}
