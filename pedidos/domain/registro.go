package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/money"
)

// Negocio is the business of an order: its lines, its price, and its phase.
type Negocio struct {
	ID, UsuarioID                     int64
	ReservaID                         string // UUID; never used for another order
	Lineas                            []Linea
	Moneda                            money.Currency
	Total                             money.Amount
	Fase                              Fase
	Motivo                            Motivo // "" unless cancelled or being cancelled
	Nota                              string // why it was cancelled, in the words of the person who did it
	Referencia                        string // the shop's name for an accepted order, such as the number of a payment
	Version                           int64
	CreadoEn, ActualizadoEn, ExpiraEn time.Time // ExpiraEn zero = never
}

// Encargo is the work on an order: its lease, its attempts, and its story.
type Encargo struct {
	RevisarEn time.Time // when the reconciler takes the order; zero = never
	Intentos  int       // failed attempts of the current phase
	ConClave  bool      // its client has an Idempotency-Key and repeats the request, so the reconciler does not cancel the order
	Revision  int64     // counts every write, also the ones that clients do not see
	Pasos     []Paso    // the story; nil in an order from a list
}

// RegistroPedido is the record of an order, as storage keeps it.
type RegistroPedido struct {
	Negocio
	Encargo
}

// RehidratarPedido makes an order from storage. A row that this service cannot have written is an error.
func RehidratarPedido(r RegistroPedido) (*Pedido, error) {
	total := money.Amount(0)
	for _, l := range r.Lineas {
		subtotal, err := l.Precio.Times(l.Cantidad)
		if err != nil || subtotal != l.Subtotal || l.Cantidad < 1 {
			return nil, fmt.Errorf("%w: order %d: line of product %d does not add up", errImposible, r.ID, l.ProductoID)
		}
		if total, err = total.Plus(subtotal); err != nil {
			return nil, fmt.Errorf("%w: order %d: %w", errImposible, r.ID, err)
		}
	}
	switch {
	case r.ID < 1 || r.Version < 1 || r.Revision < 1 || len(r.Lineas) == 0 || r.ReservaID == "":
		return nil, fmt.Errorf("%w: order %d: incomplete", errImposible, r.ID)
	case total != r.Total:
		return nil, fmt.Errorf("%w: order %d: total %s, lines %s", errImposible, r.ID, r.Total, total)
	case !slices.Contains(Fases, r.Fase):
		return nil, fmt.Errorf("%w: order %d: phase %q", errImposible, r.ID, r.Fase)
	case (r.Motivo != "") != (r.Fase == FaseCancelado || r.Fase == FaseCancelando):
		return nil, fmt.Errorf("%w: order %d: phase %s with reason %q", errImposible, r.ID, r.Fase, r.Motivo)
	}
	return &Pedido{negocio: r.Negocio, encargo: r.Encargo}, nil
}

// Registro is the order as storage keeps it.
func (p *Pedido) Registro() RegistroPedido { return RegistroPedido{p.negocio, p.encargo} }
