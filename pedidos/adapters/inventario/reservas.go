// Package inventario holds units for orders at inventario.
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
type Reservas struct{ client *httpclient.Client }

var _ ports.Reservas = (*Reservas)(nil)

// New builds the adapter on a client of inventario.
func New(client *httpclient.Client) *Reservas { return &Reservas{client: client} }

type linea struct {
	ProductoID int64 `json:"producto_id"`
	Cantidad   int64 `json:"cantidad"`
}

// peticion: the reference leads from a movement in the ledger to its order.
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
	veces, err := r.call(ctx, http.MethodPut, "/reservas/"+id, body, id, "ACTIVA")
	if errors.Is(err, domain.ErrStockInsuficiente) {
		return &domain.SinStock{Faltas: faltas(err), Repetida: veces > 1}
	}
	return only(err, domain.ErrReservaTerminada)
}

// faltas reads what a refusal says of each line; what it does not say counts as 0.
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
	_, err := r.call(ctx, http.MethodPost, "/reservas/"+id+"/liberar", nil, id, "LIBERADA")
	return only(err, domain.ErrReservaTerminada)
}

// Consumir implements ports.Reservas.
func (r *Reservas) Consumir(ctx context.Context, id string) error {
	_, err := r.call(ctx, http.MethodPost, "/reservas/"+id+"/consumir", nil, id, "CONSUMIDA")
	return only(err, domain.ErrReservaTerminada, domain.ErrReservaNoExiste)
}

// Reponer implements ports.Reservas. No refusal of inventario's means anything to a return but that it must be tried again: its
// units were taken off that shelf.
func (r *Reservas) Reponer(ctx context.Context, id string, pedidoID int64, lineas []domain.LineaDevuelta) error {
	body := peticion{Lineas: make([]linea, len(lineas)), Referencia: referencia(pedidoID)}
	for i, l := range lineas {
		body.Lineas[i] = linea(l)
	}
	_, err := r.call(ctx, http.MethodPut, "/devoluciones/"+id, body, id, "")
	return only(err)
}

// call believes an answer only when it is about this id, in the state that was asked for ("" = a return has none). veces is how often the
// question was sent.
func (r *Reservas) call(ctx context.Context, method, path string, body any, id, estado string) (veces int, err error) {
	var got reserva
	request := httpclient.Request{Method: method, Path: path, Body: body, Safe: true, Sent: &veces}
	if _, err := r.client.Do(ctx, request, &got); err != nil {
		return veces, err
	}
	if got.ID != id || got.Estado != estado {
		return veces, fmt.Errorf("asked for %s %s, answered %s %s", id, estado, got.ID, got.Estado)
	}
	return veces, nil
}

// only lets through the refusals that mean something to an order; after anything else it is not known what happened.
func only(err error, known ...error) error {
	if err == nil {
		return nil
	}
	for _, k := range known {
		if errors.Is(err, k) {
			return err
		}
	}
	e := fault.ErrUnavailable.New("El inventario no responde. Repita la petición en unos segundos.").Because(err)
	return e.After(fault.From(err).RetryAfter)
}
