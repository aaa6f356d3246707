package domain

import (
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Topes are what one customer may have; 0 = any number.
type Topes struct {
	Abiertos int       // open orders
	Unidades int64     // units of one product in open orders
	Rechazos int       // orders refused for want of stock since Desde
	Desde    time.Time // of Rechazos
}

// Alguno reports whether there is anything to count.
func (t Topes) Alguno() bool { return t.Abiertos > 0 || t.Unidades > 0 || t.Rechazos > 0 }

const (
	// esperaBreve is for what comes to rest by itself within seconds.
	esperaBreve = 5 * time.Second
	// esperaLarga is for what changes by a decision of people alone, at a time that is not known.
	esperaLarga = time.Hour
)

// DemasiadosAbiertos refuses an order of a customer who has as many open ones as a customer may have. enCamino says that
// enough of them are about to end; vence is when enough of them expire, the zero time when that is not known.
func DemasiadosAbiertos(maximo int, enCamino bool, vence, ahora time.Time) error {
	espera := esperaLarga
	switch {
	case enCamino:
		espera = esperaBreve
	case !vence.IsZero():
		espera = max(vence.Sub(ahora), esperaBreve)
	}
	return ErrDemasiadosAbiertos.New("Puede tener hasta %d pedidos abiertos a la vez. Cancele alguno o espere a que se complete.", maximo).
		With("maximo", maximo).After(espera)
}

// DemasiadosRechazos refuses an order of a customer of whom as many as allowed were refused for want of stock within a day;
// after espera one of them no longer counts. 0: some are still being decided, and count until then.
func DemasiadosRechazos(maximo int, espera time.Duration) error {
	if espera == 0 {
		espera = esperaBreve
	}
	return ErrDemasiadosRechazos.New("Hoy ya se han rechazado %d pedidos suyos por falta de stock. Repita el pedido más tarde.", maximo).
		With("maximo", maximo).After(espera)
}

// LimiteSuperado is how an order is refused with more units of a product than a customer may have in open orders. It is an
// ErrLimitePorCliente.
type LimiteSuperado struct {
	Maximo   int64
	Lineas   []Linea         // those that are too many
	Abiertas map[int64]int64 // units that the customer has in open orders already, by product
}

// LimitePorCliente is a LimiteSuperado when the order has more units of a product than may be added to those of its owner's open
// orders, by product.
func (p *Pedido) LimitePorCliente(maximo int64, abiertas map[int64]int64) error {
	l := &LimiteSuperado{Maximo: maximo, Abiertas: abiertas}
	for _, linea := range p.ficha.Lineas {
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

// Unwrap shows the refusal to a client, with `lineas`.
func (l *LimiteSuperado) Unwrap() error { return l.Para(nil) }

// Para shows the refusal to the customer who wrote the lines.
func (l *LimiteSuperado) Para(pedidas []LineaPedida) error {
	e := ErrLimitePorCliente.New("Puede tener hasta %d unidades de un producto en sus pedidos abiertos. Pida menos, o cancele otro pedido.", l.Maximo)
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
