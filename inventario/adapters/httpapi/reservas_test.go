package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
)

const (
	unID   = "0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10"
	otroID = "0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a11"
)

// conStock has 10 units of product 1 and 3 of product 2.
func conStock(t *testing.T) *servicio {
	t.Helper()
	s := nuevo(t)
	s.alta(t, `{"producto_id":1,"cantidad":10}`)
	s.alta(t, `{"producto_id":2,"cantidad":3}`)
	return s
}

func TestReservar(t *testing.T) {
	t.Parallel()
	const body = `{"lineas":[{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":4},{"producto_id":2,"cantidad":1}],` +
		`"referencia":"pedido 1"}`
	t.Run("201_y_luego_200", func(t *testing.T) {
		t.Parallel()
		s := conStock(t)
		r := exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+strings.ToUpper(unID), body)
		assert.WithinDuration(t, time.Now(), r.CreadoEn, time.Minute)
		assert.Equal(t, httpapi.Reserva{
			ID: unID, Estado: "ACTIVA", Lineas: []httpapi.LineaDeAlmacen{{ProductoID: 1, Cantidad: 4}, {ProductoID: 2, Cantidad: 2}},
			Referencia: "pedido 1", CreadoEn: r.CreadoEn, ActualizadoEn: r.CreadoEn,
		}, r)
		assert.Equal(t, r, exito[httpapi.Reserva](t, s, 200, pedidos, "PUT", "/reservas/"+unID, body))
		assert.Equal(t, r, exito[httpapi.Reserva](t, s, 200, pedidos, "GET", "/reservas/"+unID, ""))
		s.exigir(t, "1", 10, 4)
		s.exigir(t, "2", 3, 2)
	})
	t.Run("409_stock_por_linea", func(t *testing.T) {
		t.Parallel()
		s := conStock(t)
		p := rechazo(t, s, 409, "STOCK_INSUFICIENTE", pedidos, "PUT", "/reservas/"+unID,
			`{"lineas":[{"producto_id":9,"cantidad":1},{"producto_id":1,"cantidad":10},{"producto_id":2,"cantidad":4}]}`)
		require.Len(t, p.Lineas, 2)
		assert.Equal(t, [3]int64{2, 4, 3}, [3]int64{p.Lineas[0].ProductoID, p.Lineas[0].Solicitado, p.Lineas[0].Disponible})
		assert.Equal(t, [3]int64{9, 1, 0}, [3]int64{p.Lineas[1].ProductoID, p.Lineas[1].Solicitado, p.Lineas[1].Disponible})
		s.exigir(t, "1", 10, 0)
		rechazo(t, s, 404, "RESERVA_NO_EXISTE", pedidos, "GET", "/reservas/"+unID, "")
		exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+unID, `{"lineas":[{"producto_id":1,"cantidad":10}]}`)
	})
	t.Run("422_otras_lineas", func(t *testing.T) {
		t.Parallel()
		s := conStock(t)
		exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+unID, body)
		rechazo(t, s, 422, "RESERVA_DISTINTA", pedidos, "PUT", "/reservas/"+unID, `{"lineas":[{"producto_id":1,"cantidad":4}]}`)
		s.exigir(t, "1", 10, 4)
	})
	t.Run("409_terminada", func(t *testing.T) {
		t.Parallel()
		s := conStock(t)
		for id, como := range map[string]string{unID: "consumir", otroID: "liberar"} {
			exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+id, `{"lineas":[{"producto_id":1,"cantidad":1}]}`)
			fin := exito[httpapi.Reserva](t, s, 200, pedidos, "POST", "/reservas/"+id+"/"+como, "")
			p := rechazo(t, s, 409, "RESERVA_TERMINADA", pedidos, "PUT", "/reservas/"+id, `{"lineas":[{"producto_id":1,"cantidad":1}]}`)
			assert.EqualValues(t, fin.Estado, p.Estado)
		}
	})
	t.Run("422", func(t *testing.T) {
		t.Parallel()
		s := conStock(t)
		muchas := strings.Repeat(`{"producto_id":1,"cantidad":1},`, 100) + `{"producto_id":1,"cantidad":1}`
		for body, campos := range map[string][]string{
			`{}`:                          {"lineas OBLIGATORIO"},
			`{"lineas":[]}`:               {"lineas LONGITUD"},
			`{"lineas":null}`:             {"lineas TIPO"},
			`{"lineas":[` + muchas + `]}`: {"lineas LONGITUD"},
			`{"lineas":[{}]}`:             {"lineas[0].producto_id OBLIGATORIO", "lineas[0].cantidad OBLIGATORIO"},
			`{"lineas":[{"producto_id":1,"cantidad":0}]}`:                                                 {"lineas[0].cantidad FUERA_DE_RANGO"},
			`{"lineas":[{"producto_id":1,"cantidad":1000001}]}`:                                           {"lineas[0].cantidad FUERA_DE_RANGO"},
			`{"lineas":[{"producto_id":1,"cantidad":1000000},{"producto_id":1,"cantidad":1}]}`:            {"lineas[1].cantidad FUERA_DE_RANGO"},
			`{"lineas":[{"producto_id":1,"cantidad":1,"precio":1}]}`:                                      {"lineas[0].precio DESCONOCIDO"},
			`{"lineas":[{"producto_id":1,"cantidad":1}],"estado":"ACTIVA"}`:                               {"estado DESCONOCIDO"},
			`{"lineas":[{"producto_id":1,"cantidad":1}],"referencia":"` + strings.Repeat("x", 101) + `"}`: {"referencia LONGITUD"},
		} {
			t.Run(body[:min(len(body), 60)], func(t *testing.T) {
				rechazo(t, s, 422, "VALIDACION", pedidos, "PUT", "/reservas/"+unID, body, campos...)
			})
		}
		for _, id := range []string{"1", "no", "0d9f6f0e4c1b4f4e9f7a2b8f3f1c5a10", unID + "0"} {
			rechazo(t, s, 422, "VALIDACION", pedidos, "PUT", "/reservas/"+id, `{"lineas":[{"producto_id":1,"cantidad":1}]}`, "id FORMATO")
			rechazo(t, s, 422, "VALIDACION", pedidos, "GET", "/reservas/"+id, "", "id FORMATO")
			rechazo(t, s, 422, "VALIDACION", pedidos, "POST", "/reservas/"+id+"/liberar", "", "id FORMATO")
		}
		s.exigir(t, "1", 10, 0)
	})
}

func TestLiberarReserva(t *testing.T) {
	t.Parallel()
	s := conStock(t)
	const body = `{"lineas":[{"producto_id":1,"cantidad":4}]}`
	exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+unID, body)
	primera := exito[httpapi.Reserva](t, s, 200, pedidos, "POST", "/reservas/"+unID+"/liberar", "")
	assert.EqualValues(t, "LIBERADA", primera.Estado)
	assert.Len(t, primera.Lineas, 1)
	assert.Equal(t, primera, exito[httpapi.Reserva](t, s, 200, pedidos, "POST", "/reservas/"+unID+"/liberar", ""))
	s.exigir(t, "1", 10, 0)
	p := rechazo(t, s, 409, "RESERVA_TERMINADA", pedidos, "POST", "/reservas/"+unID+"/consumir", "")
	assert.Equal(t, "LIBERADA", p.Estado)

	// An unused id is closed: a delayed PUT cannot leave a reservation without an order.
	r := s.pedir(t, pedidos, "POST", "/reservas/"+otroID+"/liberar", "")
	require.Equal(t, 200, r.StatusCode, r.texto)
	assert.Contains(t, r.texto, `"lineas":[]`)
	rechazo(t, s, 409, "RESERVA_TERMINADA", pedidos, "PUT", "/reservas/"+otroID, body)
	s.exigir(t, "1", 10, 0)
}

func TestConsumirReserva(t *testing.T) {
	t.Parallel()
	s := conStock(t)
	rechazo(t, s, 404, "RESERVA_NO_EXISTE", pedidos, "POST", "/reservas/"+unID+"/consumir", "")
	exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+unID, `{"lineas":[{"producto_id":1,"cantidad":4}]}`)
	primera := exito[httpapi.Reserva](t, s, 200, pedidos, "POST", "/reservas/"+unID+"/consumir", "")
	assert.EqualValues(t, "CONSUMIDA", primera.Estado)
	assert.Equal(t, primera, exito[httpapi.Reserva](t, s, 200, pedidos, "POST", "/reservas/"+unID+"/consumir", ""))
	s.exigir(t, "1", 6, 0)
	p := rechazo(t, s, 409, "RESERVA_TERMINADA", pedidos, "POST", "/reservas/"+unID+"/liberar", "")
	assert.Equal(t, "CONSUMIDA", p.Estado)
	s.exigir(t, "1", 6, 0)
}

// TestPermisos checks every operation with every kind of caller.
func TestPermisos(t *testing.T) {
	t.Parallel()
	s := conStock(t)
	exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+unID, `{"lineas":[{"producto_id":1,"cantidad":4}]}`)
	const linea = `{"lineas":[{"producto_id":1,"cantidad":4}]}`
	for _, op := range []struct {
		metodo, ruta, body string
		permitido          string // the tokens that get status
		status             int
	}{
		{"GET", "/inventario", "", almacen, 200},
		{"POST", "/inventario", `{"producto_id":1,"cantidad":1}`, almacen, 409},
		{"GET", "/inventario/1", "", almacen + " " + cliente, 200},
		{"PATCH", "/inventario/1", `{"cantidad":1,"tipo_movimiento":"ENTRADA"}`, almacen, 200},
		{"PUT", "/reservas/" + unID, linea, pedidos, 200},
		{"GET", "/reservas/" + unID, "", pedidos, 200},
		{"POST", "/reservas/" + unID + "/consumir", "", pedidos, 200},
		{"POST", "/reservas/" + unID + "/liberar", "", pedidos, 409},
	} {
		for token, otro := range map[string]int{"": 401, "malo": 401, sinLlave: 503, cliente: 403, almacen: 403, intruso: 403,
			pedidos: 403} {
			esperado := otro
			if token != "" && strings.Contains(" "+op.permitido+" ", " "+token+" ") {
				esperado = op.status
			}
			r := s.pedir(t, token, op.metodo, op.ruta, op.body)
			assert.Equal(t, esperado, r.StatusCode, "%s %s as %q: %s", op.metodo, op.ruta, token, r.texto)
		}
	}
	for _, malo := range []string{`{}`, ``} { // 403 comes before the refusal of the body
		r := s.pedir(t, intruso, "PUT", "/reservas/"+otroID, malo)
		assert.Contains(t, []int{403, 400}, r.StatusCode, fmt.Sprint(malo, r.texto))
	}
	rechazo(t, s, 403, "PROHIBIDO", intruso, "PUT", "/reservas/no", `{}`)
}

// The ledger has the caller, and the request id of the answer.
func TestLibro_autor_y_peticion(t *testing.T) {
	t.Parallel()
	s := conStock(t)
	r := s.pedir(t, pedidos, "PUT", "/reservas/"+unID, `{"lineas":[{"producto_id":1,"cantidad":4}]}`)
	require.Equal(t, 201, r.StatusCode, r.texto)
	var actor, peticion string
	require.NoError(t, s.db.Read().QueryRow(t.Context(), `SELECT actor, request_id FROM movimientos WHERE tipo = 'RESERVA'`).
		Scan(&actor, &peticion))
	assert.Equal(t, "servicio:pedidos", actor)
	assert.Equal(t, r.Header.Get("X-Request-Id"), peticion)
	assert.NotEmpty(t, peticion)
}
