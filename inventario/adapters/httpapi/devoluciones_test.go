package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
)

func TestDevolver(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	s.alta(t, `{"producto_id":1,"cantidad":10}`)
	s.alta(t, `{"producto_id":2,"cantidad":0}`)
	const ruta = "/devoluciones/" + unID
	const body = `{"lineas":[{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":2}],"referencia":"pedido 17"}`

	rechazo(t, s, 401, "NO_AUTENTICADO", "", "PUT", ruta, body)
	rechazo(t, s, 403, "PROHIBIDO", almacen, "PUT", ruta, body)
	rechazo(t, s, 403, "PROHIBIDO", intruso, "PUT", ruta, `{}`)

	primera := exito[httpapi.DevolucionAlAlmacen](t, s, http.StatusCreated, pedidos, "PUT", ruta, body)
	assert.Equal(t, []httpapi.LineaDeAlmacen{{ProductoID: 1, Cantidad: 2}, {ProductoID: 2, Cantidad: 1}}, primera.Lineas)
	for _, igual := range []string{body, // in another order, in parts, with another reference
		`{"lineas":[{"producto_id":1,"cantidad":1},{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":1}],` +
			`"referencia":"otra"}`} {
		assert.Equal(t, primera, exito[httpapi.DevolucionAlAlmacen](t, s, http.StatusOK, pedidos, "PUT", ruta, igual))
	}
	s.exigir(t, "1", 12, 0)
	s.exigir(t, "2", 1, 0)
	movimientos := exito[[]httpapi.Movimiento](t, s, 200, almacen, "GET", "/inventario/1/movimientos", "")
	require.Len(t, movimientos, 2)
	assert.EqualValues(t, []any{"DEVOLUCION", "pedido 17", "servicio:pedidos", int64(2)},
		[]any{string(movimientos[0].Tipo), movimientos[0].Referencia, movimientos[0].Actor, movimientos[0].DeltaFisico})

	rechazo(t, s, 422, "DEVOLUCION_DISTINTA", pedidos, "PUT", ruta,
		`{"lineas":[{"producto_id":1,"cantidad":2}],"referencia":"pedido 17"}`)
	const otra = "/devoluciones/0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a11"
	p := rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", pedidos, "PUT", otra,
		`{"lineas":[{"producto_id":1,"cantidad":2},{"producto_id":9,"cantidad":2}],"referencia":"x"}`)
	require.Len(t, p.Lineas, 1)
	assert.EqualValues(t, 9, p.Lineas[0].ProductoID)
	s.exigir(t, "1", 12, 0)
	s.alta(t, `{"producto_id":9,"cantidad":0}`)
	exito[httpapi.DevolucionAlAlmacen](t, s, http.StatusCreated, pedidos, "PUT", otra,
		`{"lineas":[{"producto_id":1,"cantidad":2},{"producto_id":9,"cantidad":2}],"referencia":"x"}`)

	for body, campo := range map[string]string{
		`{"lineas":[],"referencia":"x"}`:                               "lineas LONGITUD",
		`{"lineas":[{"producto_id":1,"cantidad":0}],"referencia":"x"}`: "lineas[0].cantidad FUERA_DE_RANGO",
		`{"lineas":[{"producto_id":1,"cantidad":1}]}`:                  "referencia OBLIGATORIO",
		`{"lineas":[{"producto_id":1,"cantidad":1}],"referencia":" "}`: "referencia FORMATO",
	} {
		rechazo(t, s, 422, "VALIDACION", pedidos, "PUT", "/devoluciones/0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a12", body, campo)
	}
	assert.Equal(t, 422, s.pedir(t, pedidos, "PUT", "/devoluciones/17", body).StatusCode)
	assert.Equal(t, 422, s.pedir(t, pedidos, "PUT", ruta, body, conClave, "a").StatusCode, "its id is the key")
}
