// Package inventario reserves units for orders at inventario, over HTTP.
package inventario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// Reservas is inventario's /reservas and /devoluciones. Every call may be repeated: the id is its key.
type Reservas struct{ cliente *httpclient.Client }

var _ ports.Reservas = (*Reservas)(nil)

// New builds the adapter on a client of inventario.
func New(cliente *httpclient.Client) *Reservas { return &Reservas{cliente: cliente} }

type linea struct {
	ProductoID int64 `json:"producto_id"`
	Cantidad   int64 `json:"cantidad"`
}

// peticion is a body; the ledger keeps the reference: it names the order of a movement.
type peticion struct {
	Lineas     []linea `json:"lineas"`
	Referencia string  `json:"referencia"`
}

func referencia(pedidoID int64) string { return fmt.Sprintf("pedido %d", pedidoID) }

type reserva struct {
	ID     string `json:"id"`
	Estado string `json:"estado"`
}

// Reservar implements ports.Reservas.
func (r *Reservas) Reservar(ctx context.Context, id string, pedidoID int64, lineas []domain.Linea) error {
	body := peticion{Lineas: make([]linea, len(lineas)), Referencia: referencia(pedidoID)}
	for i, l := range lineas {
		body.Lineas[i] = linea{l.ProductoID, l.Cantidad}
	}
	veces, err := r.llamar(ctx, http.MethodPut, "/reservas/"+id, body, id, "ACTIVA")
	if errors.Is(err, domain.ErrStockInsuficiente) {
		return &domain.SinStock{Faltas: faltas(err), Repetida: veces > 1}
	}
	return conocido(err, domain.ErrReservaTerminada)
}

// faltas reads the lines of a refusal; a missing member is 0.
func faltas(err error) []domain.Falta {
	lineas, _ := fault.From(err).Extra["lineas"].([]any)
	lista := make([]domain.Falta, 0, len(lineas))
	for _, l := range lineas {
		linea, _ := l.(map[string]any)
		lista = append(lista, domain.Falta{
			ProductoID: entero(linea["producto_id"]), Solicitado: entero(linea["solicitado"]), Disponible: entero(linea["disponible"]),
		})
	}
	return lista
}

func entero(v any) int64 {
	numero, _ := v.(json.Number)
	n, _ := numero.Int64()
	return n
}

// Liberar implements ports.Reservas.
func (r *Reservas) Liberar(ctx context.Context, id string) error {
	_, err := r.llamar(ctx, http.MethodPost, "/reservas/"+id+"/liberar", nil, id, "LIBERADA")
	return conocido(err, domain.ErrReservaTerminada)
}

// Consumir implements ports.Reservas.
func (r *Reservas) Consumir(ctx context.Context, id string) error {
	_, err := r.llamar(ctx, http.MethodPost, "/reservas/"+id+"/consumir", nil, id, "CONSUMIDA")
	return conocido(err, domain.ErrReservaTerminada, domain.ErrReservaNoExiste)
}

// Reponer implements ports.Reservas. After any refusal the return must be repeated: its units came from that stock.
func (r *Reservas) Reponer(ctx context.Context, id string, pedidoID int64, lineas []domain.LineaDevuelta) error {
	body := peticion{Lineas: make([]linea, len(lineas)), Referencia: referencia(pedidoID)}
	for i, l := range lineas {
		body.Lineas[i] = linea(l)
	}
	_, err := r.llamar(ctx, http.MethodPut, "/devoluciones/"+id, body, id, "")
	return conocido(err)
}

// llamar accepts an answer only about this id, in this state ("" = a return has none). veces is how often the request was sent.
func (r *Reservas) llamar(ctx context.Context, method, path string, body any, id, estado string) (veces int, err error) {
	var got reserva
	request := httpclient.Request{Method: method, Path: path, Body: body, Safe: true, Sent: &veces}
	if _, err := r.cliente.Do(ctx, request, &got); err != nil {
		return veces, err
	}
	if got.ID != id || got.Estado != estado {
		return veces, fmt.Errorf("asked for %s %s, answered %s %s", id, estado, got.ID, got.Estado)
	}
	return veces, nil
}

// conocido returns a refusal that is one of these as it is. After any other error the call may have taken effect or not:
// fault.ErrUnavailable.
func conocido(err error, rechazos ...error) error {
	if err == nil {
		return nil
	}
	for _, r := range rechazos {
		if errors.Is(err, r) {
			return err
		}
	}
	e := fault.ErrUnavailable.New("El inventario no responde. Repita la petición en unos segundos.").Because(err)
	return e.After(fault.From(err).RetryAfter)
}
