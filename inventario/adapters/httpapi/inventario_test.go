package httpapi_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
)

func TestCrearInventario(t *testing.T) {
	t.Parallel()
	t.Run("201", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		r := s.pedir(t, almacen, "POST", "/inventario", `{"producto_id":1,"cantidad":100,"minimo":10}`)
		require.Equal(t, http.StatusCreated, r.StatusCode, r.texto)
		assert.Equal(t, "inventario/1", r.Header.Get("Location"))
		e := leer[httpapi.Existencias](t, r)
		assert.WithinDuration(t, time.Now(), e.ActualizadoEn, time.Minute)
		leido := exito[httpapi.Existencias](t, s, http.StatusOK, almacen, "GET", "/inventario/1", "")
		assert.Equal(t, e, leido)
		e.ActualizadoEn = time.Time{}
		assert.Equal(t, httpapi.Existencias{ProductoID: 1, Cantidad: 100, Fisico: 100, Minimo: 10, Version: 1}, e)
	})
	t.Run("cero_y_sin_minimo", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t).alta(t, `{"producto_id":1,"cantidad":0}`)
		assert.Zero(t, e.Cantidad)
		assert.Zero(t, e.Minimo)
	})
	t.Run("404_producto", func(t *testing.T) {
		t.Parallel()
		rechazo(t, nuevo(t), 404, "PRODUCTO_NO_EXISTE", almacen, "POST", "/inventario", `{"producto_id":77,"cantidad":1}`)
	})
	t.Run("409_ya_existe", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		s.alta(t, `{"producto_id":1,"cantidad":5}`)
		rechazo(t, s, 409, "YA_EXISTE", almacen, "POST", "/inventario", `{"producto_id":1,"cantidad":9}`)
		s.exigir(t, "1", 5, 0)
	})
	t.Run("503_catalogo_caido", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		s.catalogo.Caer()
		r := s.pedir(t, almacen, "POST", "/inventario", `{"producto_id":1,"cantidad":1}`)
		assert.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
		assert.NotEmpty(t, r.Header.Get("Retry-After"))
		rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "GET", "/inventario/1", "")
	})
	t.Run("422", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		for body, campos := range map[string][]string{
			`{}`: {"producto_id OBLIGATORIO", "cantidad OBLIGATORIO"},
			`{"producto_id":0,"cantidad":-1,"minimo":-1}`: {
				"producto_id FUERA_DE_RANGO", "cantidad FUERA_DE_RANGO", "minimo FUERA_DE_RANGO"},
			`{"producto_id":1,"cantidad":1000001}`:                    {"cantidad FUERA_DE_RANGO"},
			`{"producto_id":1,"cantidad":1,"minimo":1000000000001}`:   {"minimo FUERA_DE_RANGO"},
			`{"producto_id":1,"cantidad":1.5}`:                        {"cantidad TIPO"},
			`{"producto_id":"1","cantidad":1}`:                        {"producto_id TIPO"},
			`{"producto_id":1,"cantidad":null}`:                       {"cantidad TIPO"},
			`{"producto_id":1,"cantidad":1,"fisico":9,"reservado":1}`: {"fisico DESCONOCIDO", "reservado DESCONOCIDO"},
			`{"Producto_ID":1,"cantidad":1}`:                          {"producto_id OBLIGATORIO", "Producto_ID DESCONOCIDO"},
		} {
			t.Run(body, func(t *testing.T) {
				rechazo(t, s, 422, "VALIDACION", almacen, "POST", "/inventario", body, campos...)
			})
		}
		rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "GET", "/inventario/1", "")
	})
	t.Run("400", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		for _, body := range []string{`{`, `{"producto_id":1,"producto_id":2,"cantidad":1}`, `{"producto_id":1,"cantidad":1}{}`} {
			r := s.pedir(t, almacen, "POST", "/inventario", body)
			assert.Equal(t, http.StatusBadRequest, r.StatusCode, r.texto)
		}
	})
}

func TestMoverInventario(t *testing.T) {
	t.Parallel()
	t.Run("200_cada_tipo", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		s.alta(t, `{"producto_id":1,"cantidad":10}`)
		for i, caso := range []struct {
			tipo     string
			cantidad int64
		}{{"ENTRADA", 15}, {"SALIDA", 10}, {"MERMA", 5}, {"DEVOLUCION", 10}} {
			e := exito[httpapi.Existencias](t, s, http.StatusOK, almacen, "PATCH", "/inventario/1",
				`{"cantidad":5,"tipo_movimiento":"`+caso.tipo+`","motivo":"Porque sí","referencia":"A-1"}`)
			assert.Equal(t, caso.cantidad, e.Cantidad, caso.tipo)
			assert.Equal(t, int64(i+2), e.Version)
		}
	})
	t.Run("409_stock", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		s.alta(t, `{"producto_id":1,"cantidad":10}`)
		exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+unID, `{"lineas":[{"producto_id":1,"cantidad":7}]}`)
		p := rechazo(t, s, 409, "STOCK_INSUFICIENTE", almacen, "PATCH", "/inventario/1", `{"cantidad":4,"tipo_movimiento":"SALIDA"}`)
		require.NotNil(t, p.Disponible)
		assert.Equal(t, int64(3), *p.Disponible)
		assert.EqualValues(t, 7, p.Reservado)
		s.exigir(t, "1", 10, 7)
	})
	t.Run("404_antes_que_422", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "PATCH", "/inventario/1", `{"cantidad":4,"tipo_movimiento":"SALIDA"}`)
		rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "PATCH", "/inventario/1", `{"cantidad":0}`)
	})
	t.Run("422", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		s.alta(t, `{"producto_id":1,"cantidad":10}`)
		for body, campos := range map[string][]string{
			`{}`: {"cantidad OBLIGATORIO", "tipo_movimiento OBLIGATORIO"},
			`{"cantidad":0,"tipo_movimiento":"ENTRADA"}`:                                                 {"cantidad FUERA_DE_RANGO"},
			`{"cantidad":1000001,"tipo_movimiento":"ENTRADA"}`:                                           {"cantidad FUERA_DE_RANGO"},
			`{"cantidad":9223372036854775808,"tipo_movimiento":"ENTRADA"}`:                               {"cantidad FUERA_DE_RANGO"},
			`{"cantidad":1,"tipo_movimiento":"RESERVA"}`:                                                 {"tipo_movimiento VALOR"},
			`{"cantidad":1,"tipo_movimiento":"entrada"}`:                                                 {"tipo_movimiento VALOR"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","minimo":3}`:                                      {"minimo DESCONOCIDO"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","motivo":"a\tb"}`:                                 {"motivo FORMATO"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","motivo":"a\u200bb"}`:                             {"motivo FORMATO"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","referencia":"\u202e17"}`:                         {"referencia FORMATO"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","referencia":"\u2800"}`:                           {"referencia FORMATO"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","motivo":"  "}`:                                   {"motivo FORMATO"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","referencia":"\u00a0\u3000"}`:                     {"referencia FORMATO"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","motivo":"` + strings.Repeat("ñ", 501) + `"}`:     {"motivo LONGITUD"},
			`{"cantidad":1,"tipo_movimiento":"ENTRADA","referencia":"` + strings.Repeat("ñ", 101) + `"}`: {"referencia LONGITUD"},
		} {
			t.Run(body[:min(len(body), 60)], func(t *testing.T) {
				rechazo(t, s, 422, "VALIDACION", almacen, "PATCH", "/inventario/1", body, campos...)
			})
		}
		rechazo(t, s, 422, "VALIDACION", almacen, "PATCH", "/inventario/0", `{"cantidad":1,"tipo_movimiento":"ENTRADA"}`,
			"producto_id FUERA_DE_RANGO")
		s.exigir(t, "1", 10, 0)
	})
	t.Run("422_no_cabe", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		s.alta(t, `{"producto_id":1,"cantidad":10}`)
		_, err := s.db.Write().Exec(t.Context(), `UPDATE existencias SET fisico = 1000000000000`)
		require.NoError(t, err)
		rechazo(t, s, 422, "VALIDACION", almacen, "PATCH", "/inventario/1", `{"cantidad":1,"tipo_movimiento":"ENTRADA"}`,
			"cantidad FUERA_DE_RANGO")
	})
}

func TestObtenerInventario(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", cliente, "GET", "/inventario/1", "")
	rechazo(t, s, 422, "VALIDACION", cliente, "GET", "/inventario/0", "", "producto_id FUERA_DE_RANGO")
	rechazo(t, s, 422, "VALIDACION", cliente, "GET", "/inventario/x", "", "producto_id TIPO")
	rechazo(t, s, 422, "VALIDACION", cliente, "GET", "/inventario/1?de=2026-01-01T00:00:00Z", "", "de DESCONOCIDO")
}

// Only staff see exact quantities.
func TestObtenerInventario_un_cliente_ve_lo_que_puede_pedir(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	s.alta(t, `{"producto_id":1,"cantidad":10,"minimo":3}`)
	r := s.pedir(t, cliente, "GET", "/inventario/1", "")
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.JSONEq(t, `{"producto_id":1,"cantidad":10}`, r.texto)
	todo := leer[map[string]any](t, s.pedir(t, almacen, "GET", "/inventario/1", ""))
	for _, campo := range []string{"producto_id", "cantidad", "fisico", "reservado", "minimo", "version", "actualizado_en"} {
		assert.Contains(t, todo, campo)
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	alta := s.pedir(t, almacen, "POST", "/inventario", `{"producto_id":1,"cantidad":10}`)
	assert.Equal(t, `"1"`, alta.Header.Get("ETag"))
	etag := `"1"`
	for i, c := range []struct{ metodo, ruta, body string }{
		{"PATCH", "/inventario/1", `{"cantidad":2,"tipo_movimiento":"ENTRADA"}`},
		{"POST", "/inventario/1/recuento", `{"contado":11,"esperado":12}`},
		{"PUT", "/inventario/1/minimo", `{"minimo":4}`},
	} {
		vieja := s.pedir(t, almacen, c.metodo, c.ruta, c.body, "If-Match", `"99"`)
		require.Equal(t, 412, vieja.StatusCode, vieja.texto)
		assert.EqualValues(t, i+1, leer[problema](t, vieja).VersionActual)

		r := s.pedir(t, almacen, c.metodo, c.ruta, c.body, "If-Match", `"77", W/"1", `+etag)
		require.Equal(t, 200, r.StatusCode, r.texto)
		etag = r.Header.Get("ETag")
		assert.Equal(t, `"`+strconv.Itoa(i+2)+`"`, etag)
		assert.Equal(t, etag, s.pedir(t, cliente, "GET", "/inventario/1", "").Header.Get("ETag"))
		assert.Equal(t, 412, s.pedir(t, almacen, c.metodo, c.ruta, c.body, "If-Match", `"1"`).StatusCode, "it has changed since")
	}
	s.exigir(t, "1", 11, 0)
}

func TestObtenerInventario_sin_cambios(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	s.alta(t, `{"producto_id":1,"cantidad":10}`)
	for _, quien := range []string{cliente, almacen} {
		igual := s.pedir(t, quien, "GET", "/inventario/1", "", "If-None-Match", `"7", W/"1"`)
		assert.Equal(t, 304, igual.StatusCode, igual.texto)
		assert.Equal(t, `"1"`, igual.Header.Get("ETag"))
		assert.Empty(t, igual.texto)
		assert.Equal(t, 200, s.pedir(t, quien, "GET", "/inventario/1", "", "If-None-Match", `"2"`).StatusCode)
	}
	assert.Equal(t, 404, s.pedir(t, cliente, "GET", "/inventario/2", "", "If-None-Match", "*").StatusCode)
}

func TestPonerMinimo(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "PUT", "/inventario/1/minimo", `{"minimo":-1}`)
	s.alta(t, `{"producto_id":1,"cantidad":10}`)
	rechazo(t, s, 401, "NO_AUTENTICADO", "", "PUT", "/inventario/1/minimo", `{"minimo":4}`)
	rechazo(t, s, 403, "PROHIBIDO", cliente, "PUT", "/inventario/1/minimo", `{"minimo":4}`)
	for range 2 { // an equal minimum changes nothing
		e := exito[httpapi.Existencias](t, s, 200, almacen, "PUT", "/inventario/1/minimo", `{"minimo":40}`)
		assert.EqualValues(t, 40, e.Minimo)
		assert.EqualValues(t, 2, e.Version)
	}
	bajos := exito[[]httpapi.Existencias](t, s, 200, almacen, "GET", "/inventario?bajo_minimo=true", "")
	assert.Len(t, bajos, 1)
	for body, campo := range map[string]string{
		`{"minimo":-1}`: "minimo FUERA_DE_RANGO", `{"minimo":1000000000001}`: "minimo FUERA_DE_RANGO", `{}`: "minimo OBLIGATORIO",
		`{"minimo":1.5}`: "minimo TIPO", `{"minimo":null}`: "minimo TIPO", `{"minimo":1,"cantidad":2}`: "cantidad DESCONOCIDO",
	} {
		rechazo(t, s, 422, "VALIDACION", almacen, "PUT", "/inventario/1/minimo", body, campo)
	}
	assert.Len(t, exito[[]httpapi.Movimiento](t, s, 200, almacen, "GET", "/inventario/1/movimientos", ""), 1, "it moves nothing")
	// The stock of a past instant has the version of that instant.
	e := exito[httpapi.Existencias](t, s, 200, almacen, "PATCH", "/inventario/1", `{"cantidad":1,"tipo_movimiento":"ENTRADA"}`)
	ahora := exito[httpapi.Existencias](t, s, 200, almacen, "GET",
		"/inventario/1?en="+url.QueryEscape(e.ActualizadoEn.Format(time.RFC3339Nano)), "")
	assert.Equal(t, e, ahora)
}

func TestListarInventario(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	assert.Equal(t, "[]", strings.TrimSpace(s.pedir(t, almacen, "GET", "/inventario", "").texto), "an empty list is a list")
	for id := 1; id <= 7; id++ {
		s.alta(t, `{"producto_id":`+strconv.Itoa(id)+`,"cantidad":`+strconv.Itoa(id*10)+`,"minimo":30}`)
	}
	listar := func(ruta string) (ids []int64, siguiente string) {
		r := s.pedir(t, almacen, "GET", ruta, "")
		require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
		for _, e := range leer[[]httpapi.Existencias](t, r) {
			ids = append(ids, e.ProductoID)
		}
		if siguiente, _, _ = strings.Cut(strings.TrimPrefix(r.Header.Get("Link"), "<"), ">"); siguiente != "" {
			siguiente = "/inventario" + siguiente
		}
		return ids, siguiente
	}
	var todas []int64
	paginas := 0
	for ruta := "/inventario?limite=3"; ruta != ""; paginas++ {
		var ids []int64
		ids, ruta = listar(ruta)
		todas = append(todas, ids...)
	}
	assert.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7}, todas)
	assert.Equal(t, 3, paginas)

	ids, siguiente := listar("/inventario?bajo_minimo=true&limite=1")
	assert.Equal(t, []int64{1}, ids)
	ids, siguiente = listar(siguiente)
	assert.Equal(t, []int64{2}, ids, "the filter goes along; product 3 has exactly its minimum")
	assert.Empty(t, siguiente)
	ids, _ = listar("/inventario?bajo_minimo=false")
	assert.Equal(t, []int64{3, 4, 5, 6, 7}, ids, "a filter that is there counts, with either value")
	ids, _ = listar("/inventario?producto_id=4")
	assert.Equal(t, []int64{4}, ids)

	for consulta, campo := range map[string]string{
		"limite=0": "limite FUERA_DE_RANGO", "limite=201": "limite FUERA_DE_RANGO", "cursor=x": "cursor FORMATO",
		"bajo_minimo=quizas": "bajo_minimo TIPO", "producto_id=0": "producto_id FUERA_DE_RANGO", "offset=3": "offset DESCONOCIDO",
	} {
		rechazo(t, s, 422, "VALIDACION", almacen, "GET", "/inventario?"+consulta, "", campo)
	}
}
