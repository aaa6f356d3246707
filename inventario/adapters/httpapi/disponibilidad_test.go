package httpapi_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
)

func TestDisponibilidad(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	for _, alta := range []string{
		`{"producto_id":1,"cantidad":11,"minimo":10}`, `{"producto_id":2,"cantidad":10,"minimo":10}`, `{"producto_id":3,"cantidad":6}`,
		`{"producto_id":4,"cantidad":5}`, `{"producto_id":5,"cantidad":0}`, `{"producto_id":6,"cantidad":100}`,
		`{"producto_id":7,"cantidad":100}`, `{"producto_id":8,"cantidad":6,"minimo":1}`,
	} {
		s.alta(t, alta)
	}
	exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+unID,
		`{"lineas":[{"producto_id":7,"cantidad":98},{"producto_id":8,"cantidad":5}]}`)
	s.catalogo.Retirar(6)
	preguntar := func(token, ids string) []string {
		r := s.pedir(t, token, "GET", "/disponibilidad?ids="+ids, "")
		require.Equal(t, 200, r.StatusCode, r.texto)
		assert.Equal(t, "public, max-age=5", r.Header.Get("Cache-Control"))
		var dichos []string
		for _, d := range leer[[]httpapi.Disponibilidad](t, r) {
			dichos = append(dichos, strconv.FormatInt(d.ProductoID, 10)+" "+string(d.Disponibilidad))
		}
		return dichos
	}
	for _, token := range []string{"", cliente, almacen, pedidos} {
		assert.Equal(t, []string{
			"8 ULTIMAS", "99 AGOTADO", "1 DISPONIBLE", "2 ULTIMAS", "3 DISPONIBLE", "4 ULTIMAS", "5 AGOTADO", "6 AGOTADO", "7 ULTIMAS",
		}, preguntar(token, "8,99,1,2,3,4,1,5,6,7,8"), "as asked, each once")
	}
	assert.Equal(t, 401, s.pedir(t, "falso", "GET", "/disponibilidad?ids=1", "").StatusCode)

	s.catalogo.Caer()
	assert.Equal(t, []string{"5 AGOTADO", "99 AGOTADO"}, preguntar("", "5,99"), "without units there is nothing to ask")
	r := s.pedir(t, "", "GET", "/disponibilidad?ids=5,6", "")
	assert.Equal(t, 503, r.StatusCode, "what may be a draft is not shown")
	assert.NotEmpty(t, r.Header.Get("Retry-After"))
	assert.NotContains(t, r.Header.Get("Cache-Control"), "public")

	for consulta, campo := range map[string]string{
		"": "ids OBLIGATORIO", "?ids=": "ids OBLIGATORIO", "?ids=0": "ids[0] FUERA_DE_RANGO", "?ids=a": "ids TIPO",
		"?ids=1&x=1": "x DESCONOCIDO", "?ids=" + strings.Repeat("1,", 100) + "1": "ids LONGITUD",
	} {
		rechazo(t, s, 422, "VALIDACION", "", "GET", "/disponibilidad"+consulta, "", campo)
	}
}
