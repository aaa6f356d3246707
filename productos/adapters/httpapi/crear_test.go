package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/apitest"
)

func TestCrear(t *testing.T) {
	t.Parallel()
	t.Run("completo_201_con_Location_y_ETag", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		r := s.pedir(t, "POST", "/productos", `{"nombre":" Taza ","descripcion":"De barro","precio":19.99,"moneda":"USD","sku":"T-1",
			"categoria":"Menaje","estado":"BORRADOR","atributos":{"color":"rojo"}}`, como(catalogo))
		require.Equal(t, http.StatusCreated, r.StatusCode, r.texto)
		assert.Equal(t, "productos/1", r.Header.Get("Location"))
		assert.Equal(t, `"1"`, r.Header.Get("ETag"))

		var visto map[string]any
		require.NoError(t, json.Unmarshal([]byte(r.texto), &visto))
		assert.Regexp(t, `^\d{4}-\d\d-\d\dT[\d:.]+Z$`, visto["creado_en"])
		assert.Equal(t, visto["creado_en"], visto["actualizado_en"])
		delete(visto, "creado_en")
		delete(visto, "actualizado_en")
		assert.Equal(t, map[string]any{
			"id": 1.0, "nombre": "Taza", "descripcion": "De barro", "precio": 19.99, "moneda": "USD", "sku": "T-1",
			"categoria": "Menaje", "estado": "BORRADOR", "oculto": true, "atributos": map[string]any{"color": "rojo"},
			"version": 1.0,
		}, visto)

		leido := s.pedir(t, "GET", "/productos/1", "", como(catalogo))
		assert.Equal(t, r.texto, leido.texto, "what was answered is what was stored")
	})
	t.Run("como_lo_pedia_el_sistema_anterior", func(t *testing.T) {
		t.Parallel()
		p := nuevaTienda(t).crear(t, `{"nombre":"Laptop","descripcion":"Portátil","precio":999.99}`)
		assert.Equal(t, "EUR", p.Moneda)
		assert.EqualValues(t, "ACTIVO", p.Estado)
		assert.Empty(t, p.SKU)
	})
	t.Run("lo_que_no_tiene_no_se_escribe", func(t *testing.T) {
		t.Parallel()
		r := nuevaTienda(t).pedir(t, "POST", "/productos", `{"nombre":"Vela","precio":0,"atributos":{}}`, como(catalogo))
		require.Equal(t, http.StatusCreated, r.StatusCode, r.texto)
		for _, ausente := range []string{"sku", "categoria", "atributos", "null"} {
			assert.NotContains(t, r.texto, ausente)
		}
		assert.Contains(t, r.texto, `"descripcion":""`)
	})
}

func TestCrear_permisos(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	const body = `{"nombre":"Taza","precio":1}`
	exigirProblema(t, s.pedir(t, "POST", "/productos", body), 401, "NO_AUTENTICADO")
	exigirProblema(t, s.pedir(t, "POST", "/productos", body, como("falso")), 401, "NO_AUTENTICADO")
	exigirProblema(t, s.pedir(t, "POST", "/productos", body, como(cliente)), 403, "PROHIBIDO")
	exigirProblema(t, s.pedir(t, "POST", "/productos", `{"nombre":""}`, como(cliente)), 403, "PROHIBIDO") // before 422
	r := s.pedir(t, "POST", "/productos", body, como(apitest.NoKeys))
	exigirProblema(t, r, 503, "SERVICIO_NO_DISPONIBLE")
	assert.NotEmpty(t, r.Header.Get("Retry-After"))
	assert.Equal(t, "[]", strings.TrimSpace(s.pedir(t, "GET", "/productos", "").texto), "nothing was created")
}

func TestCrear_precio_exacto(t *testing.T) {
	t.Parallel()
	for escrito, leido := range map[string]string{
		"19.99": "19.99", "0": "0.00", "0.1": "0.10", "0.29": "0.29", "1e2": "100.00", "1.999e1": "19.99", "1999E-2": "19.99",
		"9999999999999.99": "9999999999999.99", "1.50": "1.50", "5.0000": "5.00", "4503599627370.49": "4503599627370.49",
	} {
		t.Run(escrito, func(t *testing.T) {
			t.Parallel()
			s := nuevaTienda(t)
			s.crear(t, `{"nombre":"Taza","precio":`+escrito+`}`)
			assert.Contains(t, s.pedir(t, "GET", "/productos/1", "").texto, `"precio":`+leido+`,`)
		})
	}
	for _, escrito := range []string{"19.999", "0.001", "-0.01", "-1", "10000000000000", "9999999999999.999", "1e15", "1e-3"} {
		t.Run("rechaza_"+escrito, func(t *testing.T) {
			t.Parallel()
			r := nuevaTienda(t).pedir(t, "POST", "/productos", `{"nombre":"Taza","precio":`+escrito+`}`, como(catalogo))
			require.Equal(t, 422, r.StatusCode, r.texto)
			p := leer[problema](t, r)
			require.Len(t, p.Errores, 1)
			assert.Equal(t, "precio", p.Errores[0].Campo)
			assert.Contains(t, []string{"FORMATO", "FUERA_DE_RANGO"}, p.Errores[0].Codigo)
		})
	}
	for _, escrito := range []string{"1e400", "NaN", "Infinity", "1,5", "01", "0x10"} { // RFC 8259 knows none of them
		t.Run("ilegible_"+escrito, func(t *testing.T) {
			t.Parallel()
			r := nuevaTienda(t).pedir(t, "POST", "/productos", `{"nombre":"Taza","precio":`+escrito+`}`, como(catalogo))
			assert.Contains(t, []int{400, 422}, r.StatusCode, r.texto)
		})
	}
}

func TestCrear_validacion_422(t *testing.T) {
	t.Parallel()
	muchos := make([]string, 51)
	for i := range muchos {
		muchos[i] = fmt.Sprintf(`"k%d":"v"`, i)
	}
	for nombre, caso := range map[string]struct {
		body   string
		campos []string
	}{
		"vacio": {`{}`, []string{"nombre OBLIGATORIO", "precio OBLIGATORIO"}},
		"varios_a_la_vez": {`{"nombre":"","precio":-1,"sku":"a b","estado":"?"}`,
			[]string{"nombre LONGITUD", "precio FUERA_DE_RANGO", "sku FORMATO", "estado VALOR"}},
		"nombre_de_espacios": {`{"nombre":"  ","precio":1}`, []string{"nombre OBLIGATORIO"}},
		"nombre_con_control": {`{"nombre":"a\u0007b","precio":1}`, []string{"nombre FORMATO"}},
		"nombre_largo":       {`{"nombre":"` + strings.Repeat("ñ", 201) + `","precio":1}`, []string{"nombre LONGITUD"}},
		"nombre_numero":      {`{"nombre":5,"precio":1}`, []string{"nombre TIPO"}},
		"nombre_null":        {`{"nombre":null,"precio":1}`, []string{"nombre TIPO"}},
		"precio_texto":       {`{"nombre":"a","precio":"19.99"}`, []string{"precio TIPO"}},
		"precio_null":        {`{"nombre":"a","precio":null}`, []string{"precio TIPO"}},
		"descripcion_larga": {`{"nombre":"a","precio":1,"descripcion":"` + strings.Repeat("x", 5001) + `"}`,
			[]string{"descripcion LONGITUD"}},
		"moneda_inexistente":   {`{"nombre":"a","precio":1,"moneda":"ZZZ"}`, []string{"moneda VALOR"}},
		"moneda_sin_centimos":  {`{"nombre":"a","precio":1,"moneda":"JPY"}`, []string{"moneda VALOR"}},
		"moneda_en_minusculas": {`{"nombre":"a","precio":1,"moneda":"eur"}`, []string{"moneda FORMATO"}},
		"sku_vacio":            {`{"nombre":"a","precio":1,"sku":""}`, []string{"sku LONGITUD", "sku FORMATO"}},
		"categoria_vacia":      {`{"nombre":"a","precio":1,"categoria":""}`, []string{"categoria LONGITUD"}},
		"categoria_espacios":   {`{"nombre":"a","precio":1,"categoria":" "}`, []string{"categoria LONGITUD"}},
		"atributo_numero":      {`{"nombre":"a","precio":1,"atributos":{"k":1}}`, []string{"atributos.k TIPO"}},
		"atributos_lista":      {`{"nombre":"a","precio":1,"atributos":["k"]}`, []string{"atributos TIPO"}},
		"atributos_51": {`{"nombre":"a","precio":1,"atributos":{` + strings.Join(muchos, ",") + `}}`,
			[]string{"atributos LONGITUD"}},
		"campo_desconocido": {`{"nombre":"a","precio":1,"color":"rojo"}`, []string{"color DESCONOCIDO"}},
		"campos_de_lectura": {`{"nombre":"a","precio":1,"id":7,"version":2}`, []string{"id DESCONOCIDO", "version DESCONOCIDO"}},
		"mayusculas":        {`{"NOMBRE":"a","nombre":"a","precio":1}`, []string{"NOMBRE DESCONOCIDO"}},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			s := nuevaTienda(t)
			exigirProblema(t, s.pedir(t, "POST", "/productos", caso.body, como(catalogo)), 422, "VALIDACION", caso.campos...)
			assert.Equal(t, "[]", strings.TrimSpace(s.pedir(t, "GET", "/productos", "").texto), "nothing was created")
		})
	}
}

func TestCrear_ilegible(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	for _, body := range []string{
		`{"nombre":"a"`, `{"nombre":"a","precio":1}{}`, `{"nombre":"a","nombre":"b","precio":1}`, "{\"nombre\":\"\xff\",\"precio\":1}",
		`no`, ``,
	} {
		r := s.pedir(t, "POST", "/productos", body, como(catalogo))
		assert.Equal(t, 400, r.StatusCode, "%q: %s", body, r.texto)
	}
	r := s.pedir(t, "POST", "/productos", `nombre=a`, como(catalogo), con("Content-Type", "application/x-www-form-urlencoded"))
	assert.Equal(t, 415, r.StatusCode, r.texto)
}

func TestCrear_duplicados_409(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.crear(t, `{"nombre":"Camión","precio":1,"sku":"C-1"}`)
	p := exigirProblema(t, s.pedir(t, "POST", "/productos", `{"nombre":" CAMIÓN","precio":1,"sku":"C-1"}`, como(catalogo)), 409,
		"NOMBRE_DUPLICADO")
	assert.EqualValues(t, 1, p.ProductoID)
	p = exigirProblema(t, s.pedir(t, "POST", "/productos", `{"nombre":"Otro","precio":1,"sku":"c-1"}`, como(catalogo)), 409,
		"SKU_DUPLICADO")
	assert.EqualValues(t, 1, p.ProductoID)
}

func TestClave_una_peticion_repetida_se_hace_una_vez(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	const body, clave = `{"nombre":"Taza","precio":1,"atributos":{"color":"rojo"}}`, "Idempotency-Key"
	caer := func() { // between the effect and its answer
		_, err := s.base.Write().Exec(t.Context(), `UPDATE idempotency_keys
			SET status = NULL, header = NULL, body = NULL, expires_at = NULL, leased_until = created_at`)
		require.NoError(t, err)
	}
	creada := s.pedir(t, "POST", "/productos", body, como(catalogo), con(clave, "a"))
	require.Equal(t, 201, creada.StatusCode, creada.texto)
	repetida := s.pedir(t, "POST", "/productos", body, como(catalogo), con(clave, "a"))
	assert.Equal(t, "true", repetida.Header.Get("Idempotency-Replayed"))
	s.pedir(t, "PATCH", "/productos/1", `{"precio":2}`, como(catalogo))
	caer()
	reanudada := s.pedir(t, "POST", "/productos", body, como(catalogo), con(clave, "a"))
	for _, r := range []respuesta{repetida, reanudada} {
		assert.Equal(t, 201, r.StatusCode)
		assert.Equal(t, creada.texto, r.texto)
		assert.Equal(t, creada.Header.Get("Location"), r.Header.Get("Location"))
		assert.Equal(t, creada.Header.Get("ETag"), r.Header.Get("ETag"))
	}
	exigirProblema(t, s.pedir(t, "POST", "/productos", `{"nombre":"Vaso","precio":1}`, como(catalogo), con(clave, "a")), 422,
		"CLAVE_REUTILIZADA")

	s.pedir(t, "DELETE", "/productos/1", "", como(catalogo))
	vuelta := s.pedir(t, "POST", "/productos/1/restaurar", "", como(catalogo), con(clave, "b"))
	require.Equal(t, 200, vuelta.StatusCode, vuelta.texto)
	s.pedir(t, "DELETE", "/productos/1", "", como(catalogo))
	for range 2 {
		otra := s.pedir(t, "POST", "/productos/1/restaurar", "", como(catalogo), con(clave, "b"))
		assert.Equal(t, vuelta.texto, otra.texto)
		caer()
	}
	assert.EqualValues(t, "ARCHIVADO", s.obtener(t, "/productos/1").Estado, "it was restored once")
}
