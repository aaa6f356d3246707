package httpapi_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func TestAceptar(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		s := nuevaEn(t, url, domain.Topes{})
		for range 4 {
			require.Equal(t, 201, s.pedir(t, "ana", 1).status)
		}
		aceptar := func(quien string, id int, body string, headers ...string) respuesta {
			return s.llamar(t, quien, "POST", fmt.Sprintf("/pedidos/%d/aceptar", id), body, headers...)
		}
		aceptar("ana", 1, "").problema(t, 403, "PROHIBIDO")
		aceptar("lector", 1, "").problema(t, 403, "PROHIBIDO")
		aceptar("", 1, "").problema(t, 401, "NO_AUTENTICADO")
		aceptar("soporte", 99, "").problema(t, 404, "PEDIDO_NO_EXISTE")
		aceptar("soporte", 99, `{"x":1}`).problema(t, 404, "PEDIDO_NO_EXISTE")
		for _, body := range []string{`{"x":1}`, `{"referencia":""}`, `{"referencia":null}`, `{"referencia":"a\u202eb"}`,
			`{"referencia":" "}`, `[]`} {
			aceptar("soporte", 1, body).problema(t, 422, "VALIDACION")
		}
		aceptar("soporte", 1, "", "If-Match", `"1"`).problema(t, 412, "VERSION_DISTINTA")

		got := aceptar("soporte", 1, "", "If-Match", `"2"`)
		require.Equal(t, 200, got.status, got.raw)
		for member, want := range map[string]any{"estado": "PENDIENTE", "fase": "ACEPTADO", "expira_en": nil, "referencia": nil,
			"version": 3.0} {
			value, there := got.body[member]
			assert.True(t, there, member)
			assert.Equal(t, want, value, member)
		}
		assert.Equal(t, `"3"`, got.header.Get("ETag"))
		assert.Equal(t, got.raw, aceptar("soporte", 1, "").raw, "it is accepted already")
		got = aceptar("soporte", 1, `{"referencia":"PAGO-16"}`, "If-Match", `"3"`)
		assert.Equal(t, []any{"PAGO-16", 4.0}, []any{got.body["referencia"], got.body["version"]}, "a reference that comes later")
		assert.Equal(t, got.raw, aceptar("soporte", 1, `{"referencia":"otra"}`).raw, "the one that is there stays")
		got = aceptar("soporte", 2, `{"referencia":" PAGO-17 "}`, clave, "k")
		assert.Equal(t, "PAGO-17", got.body["referencia"])
		otra := aceptar("soporte", 2, `{"referencia":" PAGO-17 "}`, clave, "k")
		assert.Equal(t, got.raw, otra.raw)
		assert.Equal(t, "true", otra.header.Get("Idempotency-Replayed"))
		assert.Equal(t, "PAGO-17", s.llamar(t, "ana", "GET", "/pedidos/2", "").body["referencia"])

		illegal := s.llamar(t, "ana", "PATCH", "/pedidos/1", `{"estado":"CANCELADO"}`)
		illegal.problema(t, 409, "TRANSICION_ILEGAL")
		assert.Equal(t, "ACEPTADO", illegal.body["fase"])
		assert.Equal(t, []any{"COMPLETADO"}, illegal.body["estados_permitidos"])
		assert.Equal(t, "SOPORTE", s.llamar(t, "soporte", "PATCH", "/pedidos/1", `{"estado":"CANCELADO"}`).body["motivo_cancelacion"])
		aceptar("soporte", 1, "").problema(t, 409, "TRANSICION_ILEGAL")
		assert.Equal(t, "COMPLETADO", s.llamar(t, "soporte", "PATCH", "/pedidos/2", `{"estado":"COMPLETADO"}`).body["fase"])
		assert.Contains(t, s.relato(t, "ana", 2), "ACEPTAR HECHO Aceptado por el personal con la referencia PAGO-17; ya no caduca.")
		aceptar("soporte", 3, `{}`)
		lista := s.llamar(t, "lector", "GET", "/pedidos?fase=ACEPTADO&usuario_id=7", "")
		assert.Contains(t, lista.raw, `"id":3,`)
		assert.Contains(t, lista.raw, `"estado":"PENDIENTE"`)
	})
}

func (s *tienda) lista(t *testing.T, quien, path string) (lista []map[string]any) {
	t.Helper()
	r := s.llamar(t, quien, "GET", path, "")
	require.Equal(t, 200, r.status, r.raw)
	require.NoError(t, json.Unmarshal([]byte(r.raw), &lista))
	return lista
}

func TestDevoluciones(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		s := nuevaEn(t, url, domain.Topes{})
		require.Equal(t, 201, s.llamar(t, "ana", "POST", "/pedidos",
			`{"lineas":[{"producto_id":2,"cantidad":2},{"producto_id":1,"cantidad":3}]}`).status)
		devolver := func(quien, body string, headers ...string) respuesta {
			return s.llamar(t, quien, "POST", "/pedidos/1/devoluciones", body, headers...)
		}
		const una = `{"lineas":[{"producto_id":1,"cantidad":1}],"reponer":true}`
		devolver("soporte", una).problema(t, 409, "TRANSICION_ILEGAL")
		require.Equal(t, 200, s.llamar(t, "soporte", "PATCH", "/pedidos/1", `{"estado":"COMPLETADO"}`).status)
		devolver("ana", una).problema(t, 403, "PROHIBIDO")
		s.llamar(t, "soporte", "POST", "/pedidos/9/devoluciones", una).problema(t, 404, "PEDIDO_NO_EXISTE")
		for body, campo := range map[string]string{
			`{"lineas":[{"producto_id":1,"cantidad":1}]}`:                                                     "reponer",
			`{"lineas":[],"reponer":true}`:                                                                    "lineas",
			`{"lineas":[{"producto_id":1,"cantidad":1},{"producto_id":1,"cantidad":0}],"reponer":true}`:       "lineas[1].cantidad",
			`{"lineas":[{"producto_id":5,"cantidad":1000000},{"producto_id":5,"cantidad":1}],"reponer":true}`: "lineas[1].cantidad",
			`{"lineas":[{"producto_id":1,"cantidad":1}],"reponer":true,"motivo":""}`:                          "motivo",
			`{"lineas":[{"producto_id":1,"cantidad":1}],"reponer":true,"motivo":"\u200b"}`:                    "motivo",
			`{"lineas":[{"producto_id":1,"cantidad":1,"precio":1}],"reponer":true}`:                           "lineas[0].precio",
		} {
			r := devolver("soporte", body)
			r.problema(t, 422, "VALIDACION")
			assert.Equal(t, campo, r.body["errores"].([]any)[0].(map[string]any)["campo"], body)
		}

		r := devolver("soporte", `{"lineas":[{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":1},{"producto_id":2,`+
			`"cantidad":1}],"reponer":true,"motivo":"no era su talla"}`, clave, "k")
		require.Equal(t, 201, r.status, r.raw)
		for member, want := range map[string]any{
			"pedido_id": 1.0, "reponer": true, "motivo": "no era su talla", "fase": "HECHA",
			"lineas": []any{map[string]any{"producto_id": 1.0, "cantidad": 1.0}, map[string]any{"producto_id": 2.0, "cantidad": 2.0}},
		} {
			assert.Equal(t, want, r.body[member], member)
		}
		assert.EqualValues(t, 8, s.reservas.VerLibres(1))
		assert.EqualValues(t, 10, s.reservas.VerLibres(2))
		otra := devolver("soporte", `{"lineas":[{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":1},{"producto_id":2,`+
			`"cantidad":1}],"reponer":true,"motivo":"no era su talla"}`, clave, "k")
		assert.Equal(t, r.raw, otra.raw)
		assert.Equal(t, "true", otra.header.Get("Idempotency-Replayed"))

		excesiva := devolver("soporte", `{"lineas":[{"producto_id":9,"cantidad":1},{"producto_id":1,"cantidad":3}],"reponer":false}`)
		excesiva.problema(t, 409, "DEVOLUCION_EXCESIVA")
		assert.Equal(t, []any{
			map[string]any{"producto_id": 1.0, "solicitado": 3.0, "cantidad": 3.0, "devuelto": 1.0},
			map[string]any{"producto_id": 9.0, "solicitado": 1.0, "cantidad": 0.0, "devuelto": 0.0},
		}, excesiva.body["lineas"])

		s.reservas.Fallar(portstest.SeResponde)
		enCurso := devolver("soporte", una, clave, "k2")
		require.Equal(t, 202, enCurso.status, enCurso.raw)
		assert.Equal(t, "EN_CURSO", enCurso.body["fase"])
		_, err := s.db.Write().Exec(t.Context(), `UPDATE idempotency_keys
			SET status = NULL, header = NULL, body = NULL, expires_at = NULL, leased_until = created_at WHERE key = 'k2'`)
		require.NoError(t, err)
		reanudada := devolver("soporte", una, clave, "k2") // its first try ended before the answer
		require.Equal(t, 201, reanudada.status, reanudada.raw)
		assert.Equal(t, enCurso.body["id"], reanudada.body["id"])
		assert.EqualValues(t, 9, s.reservas.VerLibres(1), "put back once")
		rota := devolver("soporte", `{"lineas":[{"producto_id":1,"cantidad":1}],"reponer":false}`)
		require.Equal(t, 201, rota.status, rota.raw)
		assert.Nil(t, rota.body["motivo"])
		devolver("soporte", una).problema(t, 409, "DEVOLUCION_EXCESIVA")

		for _, quien := range []string{"ana", "lector", "soporte"} {
			lista := s.lista(t, quien, "/pedidos/1/devoluciones")
			require.Len(t, lista, 3, quien)
			assert.Equal(t, rota.body, lista[0])
		}
		assert.Len(t, s.lista(t, "ana", "/pedidos/1/devoluciones?limite=2"), 2)
		s.llamar(t, "berta", "GET", "/pedidos/1/devoluciones", "").problema(t, 404, "PEDIDO_NO_EXISTE")
		s.llamar(t, "berta", "GET", "/pedidos/1/devoluciones?que=1", "").problema(t, 404, "PEDIDO_NO_EXISTE")
		relato := s.relato(t, "ana", 1)
		assert.Equal(t, []string{
			"DEVOLVER HECHO El cliente devolvió: 1 × producto 1; 2 × producto 2.",
			"REPONER HECHO De vuelta en el almacén: 1 × producto 1; 2 × producto 2.",
		}, relato[4:6])
		assert.NotContains(t, fmt.Sprint(relato), "talla")
		assert.Contains(t, fmt.Sprint(s.relato(t, "soporte", 1)), "usuario 10: no era su talla")
	})
}
