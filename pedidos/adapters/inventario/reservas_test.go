package inventario_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/resilience"

	"github.com/tienda-go/tienda/pedidos/adapters/inventario"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func cliente(t *testing.T, h http.HandlerFunc) *inventario.Reservas {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return inventario.New(httpclient.New(httpclient.Options{
		Peer: "inventario", BaseURL: server.URL,
		Policy: resilience.New(resilience.Options{Peer: "inventario", BaseDelay: time.Millisecond}),
	}))
}

func responder(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	if status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// servidor speaks as inventario's OpenAPI document says, with the fake behind it; tests/e2e uses the real one.
func servidor(libres map[int64]int64) http.HandlerFunc {
	fake := portstest.NewReservasFalsas(libres)
	return func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
		id, estado := parts[1], "ACTIVA"
		var err error
		switch {
		case r.Method == http.MethodPut:
			var body struct {
				Lineas []struct {
					ProductoID int64 `json:"producto_id"`
					Cantidad   int64 `json:"cantidad"`
				} `json:"lineas"`
				Referencia string `json:"referencia"`
			}
			_ = json.NewDecoder(r.Body).Decode(&body)
			if body.Referencia != "pedido 17" {
				responder(w, http.StatusUnprocessableEntity, map[string]any{"codigo": "VALIDACION", "status": 422})
				return
			}
			var lineas []domain.Linea
			var devueltas []domain.LineaDevuelta
			for _, l := range body.Lineas {
				lineas = append(lineas, domain.Linea{ProductoID: l.ProductoID, Cantidad: l.Cantidad})
				devueltas = append(devueltas, domain.LineaDevuelta(l))
			}
			if parts[0] == "devoluciones" {
				if fake.Reponer(r.Context(), id, 17, devueltas) != nil {
					responder(w, http.StatusUnprocessableEntity, map[string]any{"codigo": "DEVOLUCION_DISTINTA", "status": 422})
					return
				}
				responder(w, http.StatusCreated, map[string]any{"id": id, "lineas": []any{}, "referencia": body.Referencia})
				return
			}
			err = fake.Reservar(r.Context(), id, 17, lineas)
		case parts[2] == "liberar":
			estado, err = "LIBERADA", fake.Liberar(r.Context(), id)
		case parts[2] == "consumir":
			estado, err = "CONSUMIDA", fake.Consumir(r.Context(), id)
		}
		if err == nil {
			responder(w, http.StatusOK, map[string]any{"id": id, "estado": estado, "lineas": []any{}, "un_campo_nuevo": 1})
			return
		}
		f := fault.From(err)
		status := map[fault.Code]int{fault.Conflict: 409, fault.NotFound: 404}[f.Kind.Code()]
		responder(w, status, map[string]any{"codigo": f.Kind.Reason(), "status": status, "title": f.Kind.Title(), "detail": f.Detail,
			"lineas": f.Extra["lineas"]})
	}
}

func TestReservas(t *testing.T) {
	portstest.ReservasSuite(t, func(t *testing.T, libres map[int64]int64) ports.Reservas { return cliente(t, servidor(libres)) })
}

func TestReservas_dice_que_falta(t *testing.T) {
	t.Parallel()
	err := cliente(t, servidor(map[int64]int64{1: 2})).
		Reservar(t.Context(), uuid.NewString(), 17, []domain.Linea{{ProductoID: 1, Cantidad: 3}})
	require.ErrorIs(t, err, domain.ErrStockInsuficiente)
	assert.Equal(t, []map[string]int64{{"producto_id": 1, "solicitado": 3, "disponible": 2}}, fault.From(err).Extra["lineas"])
}

// A refusal says whether an earlier attempt got no answer: that attempt may still arrive.
func TestReservas_dice_si_pregunto_mas_de_una_vez(t *testing.T) {
	t.Parallel()
	for _, perdidas := range []int{0, 1} {
		n := 0
		real := servidor(nil)
		err := cliente(t, func(w http.ResponseWriter, r *http.Request) {
			if n++; n <= perdidas {
				panic(http.ErrAbortHandler)
			}
			real(w, r)
		}).Reservar(t.Context(), uuid.NewString(), 17, []domain.Linea{{ProductoID: 1, Cantidad: 3}})
		var sinStock *domain.SinStock
		require.ErrorAs(t, err, &sinStock)
		assert.Equal(t, perdidas > 0, sinStock.Repetida)
	}
}

// An answer that is neither a success nor a known refusal does not say whether the call took effect.
func TestReservas_no_cree_respuestas_rotas(t *testing.T) {
	t.Parallel()
	id := uuid.NewString()
	for name, answer := range map[string]func(http.ResponseWriter){
		"otra_reserva": func(w http.ResponseWriter) {
			responder(w, 201, map[string]any{"id": uuid.NewString(), "estado": "ACTIVA"})
		},
		"otro_estado":  func(w http.ResponseWriter) { responder(w, 200, map[string]any{"id": id, "estado": "LIBERADA"}) },
		"vacia":        func(w http.ResponseWriter) { responder(w, 200, map[string]any{}) },
		"lista":        func(w http.ResponseWriter) { responder(w, 200, []any{}) },
		"otro_rechazo": func(w http.ResponseWriter) { responder(w, 422, map[string]any{"codigo": "VALIDACION", "status": 422}) },
		"sin_permiso":  func(w http.ResponseWriter) { responder(w, 403, map[string]any{"codigo": "PROHIBIDO", "status": 403}) },
		"error_interno": func(w http.ResponseWriter) {
			responder(w, 500, map[string]any{"codigo": "ERROR_INTERNO", "status": 500})
		},
		"ruta_sin_nadie": func(w http.ResponseWriter) {
			responder(w, 404, map[string]any{"codigo": "NO_ENCONTRADO", "status": 404})
		},
		"redireccion": func(w http.ResponseWriter) { w.Header().Set("Location", "/x"); w.WriteHeader(302) },
		"html":        func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) },
	} {
		r := cliente(t, func(w http.ResponseWriter, _ *http.Request) { answer(w) })
		lineas := []domain.Linea{{ProductoID: 1, Cantidad: 1}}
		assert.ErrorIs(t, r.Reservar(t.Context(), id, 17, lineas), fault.ErrUnavailable, name)
		if name != "otro_estado" {
			assert.ErrorIs(t, r.Liberar(t.Context(), id), fault.ErrUnavailable, name)
		}
		assert.ErrorIs(t, r.Consumir(t.Context(), id), fault.ErrUnavailable, name)
		assert.ErrorIs(t, r.Reponer(t.Context(), id, 17, []domain.LineaDevuelta{{ProductoID: 1, Cantidad: 1}}),
			fault.ErrUnavailable, name)
	}
}
