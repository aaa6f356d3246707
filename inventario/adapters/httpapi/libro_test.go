package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
)

const movimientosDeUno = "/inventario/1/movimientos"

func TestRecuento(t *testing.T) {
	t.Parallel()
	const ruta = "/inventario/1/recuento"
	t.Run("pone_lo_contado_y_lo_apunta", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		s.alta(t, `{"producto_id":1,"cantidad":10}`)
		e := exito[httpapi.Existencias](t, s, 200, almacen, "POST", ruta, `{"contado":7,"esperado":10}`)
		assert.Equal(t, [2]int64{7, 2}, [2]int64{e.Fisico, e.Version})
		libro := exito[[]httpapi.Movimiento](t, s, 200, almacen, "GET", movimientosDeUno, "")
		assert.Equal(t, []any{"RECUENTO", int64(3), int64(-3), int64(7), "7"},
			[]any{string(libro[0].Tipo), libro[0].Cantidad, libro[0].DeltaFisico, libro[0].Fisico, libro[0].Actor})
	})
	t.Run("rechazos", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "POST", ruta, `{"contado":7,"esperado":10}`)
		s.alta(t, `{"producto_id":1,"cantidad":10}`)
		exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/11111111-1111-4111-8111-111111111111",
			`{"lineas":[{"producto_id":1,"cantidad":4}]}`)
		rechazo(t, s, 409, "CAMBIO_DURANTE_RECUENTO", almacen, "POST", ruta, `{"contado":7,"esperado":9}`)
		p := rechazo(t, s, 409, "STOCK_INSUFICIENTE", almacen, "POST", ruta, `{"contado":3,"esperado":10}`)
		assert.EqualValues(t, 4, p.Reservado)
		assert.Len(t, p.Referencias, 1)
		assert.Contains(t, p.Detail, "Ha contado menos")
		assert.EqualValues(t, 6, *p.Disponible)
		rechazo(t, s, 422, "VALIDACION", almacen, "POST", ruta, `{"contado":-1}`, "contado FUERA_DE_RANGO", "esperado OBLIGATORIO")
		rechazo(t, s, 422, "VALIDACION", almacen, "POST", ruta, `{"contado":1,"esperado":1,"motivo":"x"}`, "motivo DESCONOCIDO")
		rechazo(t, s, 403, "PROHIBIDO", cliente, "POST", ruta, `{"contado":7,"esperado":10}`)
		s.exigir(t, "1", 10, 4)
	})
	t.Run("con_clave_se_hace_una_vez", func(t *testing.T) {
		t.Parallel()
		s := nuevo(t)
		s.alta(t, `{"producto_id":1,"cantidad":10}`)
		primera := s.pedir(t, almacen, "POST", ruta, `{"contado":7,"esperado":10}`, conClave, "k")
		otra := s.pedir(t, almacen, "POST", ruta, `{"esperado":10,"contado":7}`, conClave, "k")
		assert.Equal(t, 200, otra.StatusCode, "without its key it would find that the stock has changed")
		assert.Equal(t, primera.texto, otra.texto)
		assert.Equal(t, "true", otra.Header.Get("Idempotency-Replayed"))
	})
}

func TestMovimientos(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "GET", movimientosDeUno, "")
	rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "GET", movimientosDeUno+"?limite=0", "")
	s.alta(t, `{"producto_id":1,"cantidad":10}`)
	for _, tipo := range []string{"ENTRADA", "SALIDA", "MERMA", "DEVOLUCION"} {
		exito[httpapi.Existencias](t, s, 200, almacen, "PATCH", "/inventario/1",
			`{"cantidad":2,"tipo_movimiento":"`+tipo+`","motivo":"porque sí","referencia":"ALB-1"}`)
	}
	const id = "11111111-1111-4111-8111-111111111111"
	exito[httpapi.Reserva](t, s, 201, pedidos, "PUT", "/reservas/"+id,
		`{"lineas":[{"producto_id":1,"cantidad":3}],"referencia":"pedido 8"}`)
	exito[httpapi.Reserva](t, s, 200, pedidos, "POST", "/reservas/"+id+"/consumir", "")

	var tipos []string
	var saldos []int64
	ruta := movimientosDeUno + "?limite=3"
	for ruta != "" {
		r := s.pedir(t, almacen, "GET", ruta, "")
		require.Equal(t, 200, r.StatusCode, r.texto)
		for _, m := range leer[[]httpapi.Movimiento](t, r) {
			tipos, saldos = append(tipos, string(m.Tipo)), append(saldos, m.Fisico)
			assert.NotEmpty(t, m.RequestID)
			switch m.Tipo {
			case "RESERVA", "CONSUMO":
				assert.Equal(t, id, *m.ReservaID)
				assert.Equal(t, []any{"servicio:pedidos", "pedido 8", int64(3)}, []any{m.Actor, m.Referencia, m.Cantidad})
			default:
				assert.Nil(t, m.ReservaID)
			}
			if m.Tipo == "MERMA" {
				assert.Equal(t, []any{"7", "porque sí", "ALB-1", int64(2), int64(-2)},
					[]any{m.Actor, m.Motivo, m.Referencia, m.Cantidad, m.DeltaFisico})
			}
		}
		enlace, hay := strings.CutSuffix(r.Header.Get("Link"), `>; rel="next"`)
		ruta = ""
		if hay {
			ruta = movimientosDeUno + strings.TrimPrefix(enlace, "<")
		}
	}
	assert.Equal(t, []string{"CONSUMO", "RESERVA", "DEVOLUCION", "MERMA", "SALIDA", "ENTRADA", "ENTRADA"}, tipos)
	assert.Equal(t, []int64{7, 10, 10, 8, 10, 12, 10}, saldos)
	rechazo(t, s, 403, "PROHIBIDO", cliente, "GET", movimientosDeUno, "")
	rechazo(t, s, 422, "VALIDACION", almacen, "GET", movimientosDeUno+"?limite=0", "", "limite FUERA_DE_RANGO")
}

func TestEnUnInstante(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	antes := time.Now().UTC()
	alta := s.alta(t, `{"producto_id":1,"cantidad":10}`)
	exito[httpapi.Existencias](t, s, 200, almacen, "PATCH", "/inventario/1", `{"cantidad":4,"tipo_movimiento":"SALIDA"}`)
	en := func(instante time.Time) string {
		return "/inventario/1?en=" + url.QueryEscape(instante.Format(time.RFC3339Nano))
	}

	pasado := exito[httpapi.Existencias](t, s, 200, almacen, "GET", en(alta.ActualizadoEn), "")
	assert.Equal(t, alta, pasado)
	rechazo(t, s, 404, "INVENTARIO_NO_EXISTE", almacen, "GET", en(antes.Add(-time.Hour)), "")
	rechazo(t, s, 422, "VALIDACION", almacen, "GET", en(time.Now().Add(time.Hour)), "", "en FUERA_DE_RANGO")
	rechazo(t, s, 422, "VALIDACION", almacen, "GET", "/inventario/1?en=ayer", "", "en FORMATO")
	rechazo(t, s, 403, "PROHIBIDO", cliente, "GET", en(alta.ActualizadoEn), "")
	rechazo(t, s, 403, "PROHIBIDO", cliente, "GET", "/inventario/1?en=ayer", "")
	rechazo(t, s, 403, "PROHIBIDO", cliente, "GET", "/inventario/1?en=", "")
	rechazo(t, s, 422, "VALIDACION", cliente, "GET", "/inventario/1?otro=1", "", "otro DESCONOCIDO")
}

// metricas are the metrics that only this service has.
func (s *servicio) metricas(t *testing.T) (lineas []string) {
	t.Helper()
	for linea := range strings.Lines(s.pedir(t, "", "GET", "/metrics", "").texto) {
		if strings.HasPrefix(linea, "inventario_") {
			lineas = append(lineas, strings.TrimSpace(linea))
		}
	}
	return lineas
}

func TestVerificacion(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	assert.Contains(t, s.metricas(t), "inventario_discrepancias NaN")
	assert.Contains(t, s.metricas(t), "inventario_verificacion_ultima_buena_timestamp_seconds NaN")
	s.alta(t, `{"producto_id":1,"cantidad":10}`)
	s.alta(t, `{"producto_id":2,"cantidad":0}`)
	r := s.pedir(t, almacen, "GET", "/inventario/verificacion", "")
	assert.Equal(t, http.StatusOK, r.StatusCode)
	assert.JSONEq(t, `{"productos":2,"movimientos":2,"discrepancias":[]}`, r.texto)
	assert.Contains(t, s.metricas(t), "inventario_discrepancias 0")
	assert.NotContains(t, s.metricas(t), "inventario_verificacion_ultima_buena_timestamp_seconds NaN")
	buena := s.metricas(t)[1]

	_, err := s.db.Write().Exec(t.Context(), `UPDATE existencias SET fisico = 11 WHERE producto_id = 1`)
	require.NoError(t, err)
	r = s.pedir(t, almacen, "GET", "/inventario/verificacion", "")
	assert.JSONEq(t, `{"productos":2,"movimientos":2,"discrepancias":[
		{"producto_id":1,"que":"FISICO","movimiento_id":null,"reserva_id":null,"esperado":10,"encontrado":11}]}`, r.texto)
	assert.Equal(t, buena, s.metricas(t)[1], "this one was not good")
	assert.Contains(t, s.metricas(t), "inventario_discrepancias 1")
	rechazo(t, s, 403, "PROHIBIDO", cliente, "GET", "/inventario/verificacion", "")
}

// A verification that failed must not look like a good one.
func TestVerificacion_que_falla_no_parece_buena(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	s.alta(t, `{"producto_id":1,"cantidad":10}`)
	require.Equal(t, 200, s.pedir(t, almacen, "GET", "/inventario/verificacion", "").StatusCode)
	buena := s.metricas(t)
	require.Contains(t, buena, "inventario_discrepancias 0")
	require.NoError(t, s.db.Close())
	require.Equal(t, 503, s.pedir(t, almacen, "GET", "/inventario/verificacion", "").StatusCode)
	mala := s.metricas(t)
	assert.Contains(t, mala, "inventario_discrepancias NaN")
	assert.Equal(t, buena[1], mala[1], "the time of the last good one stays, and grows old")
}

func TestVerificacion_desde_cero(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	s.alta(t, `{"producto_id":1,"cantidad":10}`)
	rechazo(t, s, 403, "PROHIBIDO", cliente, "GET", "/inventario/verificacion?desde_cero=true", "")
	rechazo(t, s, 404, "VERIFICACION_NO_EXISTE", almacen, "GET", "/inventario/verificacion/1", "")
	rechazo(t, s, 422, "VALIDACION", almacen, "GET", "/inventario/verificacion?desde_cero=quizas", "", "desde_cero TIPO")
	assert.Equal(t, 200, s.pedir(t, almacen, "GET", "/inventario/verificacion?desde_cero=false", "").StatusCode)
	pedida := s.pedir(t, almacen, "GET", "/inventario/verificacion?desde_cero=true", "")
	require.Equal(t, 202, pedida.StatusCode, pedida.texto)
	assert.Equal(t, "verificacion/1", pedida.Header.Get("Location"))
	assert.Contains(t, pedida.texto, `"estado":"EN_CURSO"`)
	otra := s.pedir(t, almacen, "GET", "/inventario/verificacion?desde_cero=true", "")
	assert.Equal(t, pedida.texto, otra.texto, "one at a time")

	ctx, parar := context.WithCancel(t.Context())
	var fin sync.WaitGroup
	fin.Go(func() { s.app.Repasar(ctx, slog.New(slog.DiscardHandler)) })
	defer fin.Wait()
	defer parar()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		v := leer[httpapi.Verificacion](t, s.pedir(t, almacen, "GET", "/inventario/"+pedida.Header.Get("Location"), ""))
		assert.Equal(c, "HECHA", v.Estado)
		assert.EqualValues(c, 1, v.Movimientos)
		assert.Empty(c, v.Discrepancias)
	}, 10*time.Second, 20*time.Millisecond)
	rechazo(t, s, 403, "PROHIBIDO", cliente, "GET", "/inventario/verificacion/1", "")
}
