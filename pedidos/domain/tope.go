package domain

import (
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Topes are the limits of one customer; 0 = no limit.
type Topes struct {
	Abiertos int       // open orders
	Unidades int64     // units of one product in open orders
	Rechazos int       // orders refused without stock since Desde
	Desde    time.Time // from when Rechazos counts
}

// Alguno reports whether there is a limit.
func (t Topes) Alguno() bool { return t.Abiertos > 0 || t.Unidades > 0 || t.Rechazos > 0 }

const (
	// esperaBreve is for orders that end by themselves within seconds.
	esperaBreve = 5 * time.Second
	// esperaLarga is for orders that only people end, at an unknown time.
	esperaLarga = time.Hour
)

// DemasiadosAbiertos refuses an order of a customer with the maximum of open orders. enCamino: enough of them are about to end;
// vence is when enough of them expire, zero = unknown.
func DemasiadosAbiertos(maximo int, enCamino bool, vence, ahora time.Time) error {
	espera := esperaLarga
	switch {
	case enCamino:
		espera = esperaBreve
	case !vence.IsZero():
		espera = max(vence.Sub(ahora), esperaBreve)
	}
	return ErrDemasiadosAbiertos.New("Puede tener hasta %d pedidos abiertos a la vez. Cancele alguno o espere a que se complete.",
		maximo).
		With("maximo", maximo).After(espera)
}

// DemasiadosRechazos refuses an order of a customer with the maximum of orders refused without stock in a day; after espera one
// of them no longer counts. 0: some are not decided yet, and count until then.
func DemasiadosRechazos(maximo int, espera time.Duration) error {
	if espera == 0 {
		espera = esperaBreve
	}
	return ErrDemasiadosRechazos.New("Hoy ya se han rechazado %d pedidos suyos por falta de stock. Repita el pedido más tarde.",
		maximo).
		With("maximo", maximo).After(espera)
}

// LimiteSuperado refuses an order with more units of a product than a customer may have in open orders. It is an
// ErrLimitePorCliente.
type LimiteSuperado struct {
	Maximo   int64
	Lineas   []Linea         // the lines over the limit
	Abiertas map[int64]int64 // units in the customer's open orders, by product
}

// LimitePorCliente is a LimiteSuperado when the order and the open orders of its owner have more than maximo units of a product;
// abiertas are the units of the open orders.
func (p *Pedido) LimitePorCliente(maximo int64, abiertas map[int64]int64) error {
	l := &LimiteSuperado{Maximo: maximo, Abiertas: abiertas}
	for _, linea := range p.negocio.Lineas {
		if linea.Cantidad > maximo-abiertas[linea.ProductoID] {
			l.Lineas = append(l.Lineas, linea)
		}
	}
	if len(l.Lineas) == 0 {
		return nil
	}
	return l
}

func (l *LimiteSuperado) Error() string { return ErrLimitePorCliente.Reason() }

// Unwrap is the refusal for clients, with `lineas`.
func (l *LimiteSuperado) Unwrap() error { return l.Para(nil) }

// Para is the refusal for the client who wrote these lines.
func (l *LimiteSuperado) Para(pedidas []LineaPedida) error {
	e := ErrLimitePorCliente.New("Puede tener hasta %d unidades de un producto en sus pedidos abiertos. Pida menos, "+
		"o cancele otro pedido.", l.Maximo)
	lineas := make([]map[string]int64, len(l.Lineas))
	for i, linea := range l.Lineas {
		ya := l.Abiertas[linea.ProductoID]
		lineas[i] = map[string]int64{"producto_id": linea.ProductoID, "solicitado": linea.Cantidad, "maximo": l.Maximo, "abiertas": ya}
		Senalar(e, pedidas, linea.ProductoID, fault.Field{
			Campo: "cantidad", Codigo: "FUERA_DE_RANGO", Mensaje: fmt.Sprintf("Sus pedidos abiertos ya tienen %d, de %d.", ya, l.Maximo),
		})
	}
	return e.With("lineas", lineas)
}
