package httpapi_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

// relato is the story of an order as a person reads it: step, outcome and detail.
func (s *tienda) relato(t *testing.T, quien string, id any) (lista []string) {
	t.Helper()
	r := s.llamar(t, quien, "GET", fmt.Sprintf("/pedidos/%v/explicacion", id), "")
	require.Equal(t, 200, r.status, r.raw)
	assert.EqualValues(t, id, r.body["pedido_id"])
	for _, paso := range r.body["pasos"].([]any) {
		p := paso.(map[string]any)
		assert.NotEmpty(t, p["cuando"])
		assert.Positive(t, p["intento"])
		assert.Contains(t, p, "duracion_ms")
		lista = append(lista, fmt.Sprintf("%s %s %s", p["paso"], p["resultado"], p["detalle"]))
	}
	return lista
}

func TestExplicacion(t *testing.T) {
	t.Parallel()
	t.Run("el_personal_ve_mas_que_el_dueño", func(t *testing.T) {
		t.Parallel()
		s := nueva(t)
		id := s.pedir(t, "ana", 3).body["id"]
		s.reservas.Fallar(portstest.NoLlega)
		for _, motivo := range []string{`x\u202ey`, `x\u0007y`, `\u200b`} { // staff reads it
			s.llamar(t, "soporte", "PATCH", fmt.Sprintf("/pedidos/%v", id), `{"estado":"CANCELADO","motivo":"`+motivo+`"}`).
				problema(t, 422, "VALIDACION")
		}
		r := s.llamar(t, "soporte", "PATCH", fmt.Sprintf("/pedidos/%v", id), `{"estado":"CANCELADO","motivo":"posible fraude"}`)
		require.Equal(t, 202, r.status)
		require.Equal(t, 200, s.llamar(t, "soporte", "PATCH", fmt.Sprintf("/pedidos/%v", id), `{"estado":"CANCELADO"}`).status)
		assert.Equal(t, []string{
			"CREAR HECHO Pedido guardado por 59.97 EUR: 3 × producto 1.",
			"RESERVAR HECHO Reservado: 3 × producto 1.",
			"CANCELAR HECHO Cancelado: lo pidió el personal de la tienda.",
			"LIBERAR FALLIDO El inventario no dio una respuesta fiable; se repite o se deshace.",
			"LIBERAR HECHO Devuelto a la venta lo que estaba reservado: 3 × producto 1.",
		}, s.relato(t, "ana", id))
		personal := s.relato(t, "soporte", id)
		assert.Contains(t, personal[2], "usuario 10: posible fraude")
		assert.Contains(t, personal[3], "no responde")
	})
	t.Run("el_personal_ve_la_reserva_y_las_peticiones", func(t *testing.T) {
		t.Parallel()
		s := nueva(t)
		p := s.llamar(t, "ana", "POST", "/pedidos", `{"producto_id":1,"cantidad":1}`, "X-Request-Id", "la-que-pide")
		require.Equal(t, 201, p.status)
		require.Equal(t, 200, s.llamar(t, "soporte", "POST", "/pedidos/1/aceptar", "", "X-Request-Id", "la-que-acepta").status)
		for _, quien := range []string{"lector", "soporte"} {
			r := s.llamar(t, quien, "GET", "/pedidos/1/explicacion", "")
			assert.Equal(t, "ACTIVA", s.reservas.VerEstado(fmt.Sprint(r.body["reserva_id"])))
			assert.Equal(t, "la-que-pide", r.body["request_id"])
			var peticiones []any
			for _, paso := range r.body["pasos"].([]any) {
				peticiones = append(peticiones, paso.(map[string]any)["request_id"])
			}
			assert.Equal(t, []any{"la-que-pide", "la-que-pide", "la-que-acepta"}, peticiones)
		}
		suya := s.llamar(t, "ana", "GET", "/pedidos/1/explicacion", "")
		assert.NotContains(t, suya.raw, "reserva_id")
		assert.NotContains(t, suya.raw, `"request_id"`)
		assert.NotContains(t, suya.raw, "la-que-acepta")
	})
	t.Run("sin_stock_dice_que_faltaba", func(t *testing.T) {
		t.Parallel()
		s := nueva(t)
		id := s.pedir(t, "ana", 11).body["pedido_id"]
		relato := s.relato(t, "ana", id)
		assert.Equal(t, "RESERVAR RECHAZADO Sin existencias: producto 1, pedidas 11, disponibles 10.", relato[1])
	})
	t.Run("la_de_otro_no_existe", func(t *testing.T) {
		t.Parallel()
		s := nueva(t)
		id := s.pedir(t, "ana", 1).body["id"]
		ajena := s.llamar(t, "berta", "GET", fmt.Sprintf("/pedidos/%v/explicacion", id), "")
		assert.Equal(t, 404, ajena.status)
		assert.Equal(t, "PEDIDO_NO_EXISTE", ajena.body["codigo"])
		assert.Equal(t, 200, s.llamar(t, "lector", "GET", fmt.Sprintf("/pedidos/%v/explicacion", id), "").status)
		assert.Equal(t, 401, s.llamar(t, "", "GET", fmt.Sprintf("/pedidos/%v/explicacion", id), "").status)
	})
}
