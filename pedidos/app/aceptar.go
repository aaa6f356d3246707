package app

import (
	"context"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// Aceptar is the command to accept an order.
type Aceptar struct {
	Clave      idempotency.Key
	ID         int64
	Referencia string  // the shop's name for it, such as the number of a payment; may be empty
	SiVersion  []int64 // accept it only in one of these versions; none = in any version
}

// Aceptar accepts an order: it does not expire any more, and only staff may cancel it. An accepted order stays as it is.
//
// domain.ErrPedidoNoExiste, fault.ErrForbidden, fault.ErrPrecondition, domain.ErrTransicionIlegal, fault.ErrUnavailable.
func (s *Servicio) Aceptar(ctx context.Context, quien domain.Solicitante, a Aceptar) (*domain.Pedido, error) {
	if a.Clave.Resumed() {
		return s.Obtener(ctx, quien, a.ID)
	}
	return s.actualizar(ctx, a.Clave, a.ID, func(p *domain.Pedido) error {
		if err := quien.PuedeVer(p); err != nil {
			return err
		}
		if err := quien.PuedeGestionar(); err != nil {
			return err
		}
		if err := p.ExigirVersion(a.SiVersion...); err != nil {
			return err
		}
		return p.Aceptar(domain.Decision{Autor: quien.Autor()}, a.Referencia, s.d.Reloj())
	})
}
