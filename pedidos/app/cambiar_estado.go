package app

import (
	"context"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// CambiarEstado is the command to cancel or complete an order.
type CambiarEstado struct {
	Clave     idempotency.Key
	ID        int64
	Estado    domain.Estado // COMPLETADO or CANCELADO
	Nota      string        // why, in the client's words
	SiVersion []int64       // change it only in one of these versions; none = in any version
}

// CambiarEstado cancels or completes an order. The decision is stored when it returns without an error; while inventario is down
// the order is in phase CANCELANDO or COMPLETANDO, and the reconciler finishes it. An order whose units inventario has lost is
// cancelled instead of completed, and one whose units have left the shelf completed instead of cancelled:
// domain.ErrTransicionIlegal.
//
// domain.ErrPedidoNoExiste, fault.ErrForbidden, fault.ErrPrecondition, domain.ErrTransicionIlegal, fault.ErrUnavailable
// (nothing was decided).
func (s *Servicio) CambiarEstado(ctx context.Context, quien domain.Solicitante, c CambiarEstado) (*domain.Pedido, error) {
	reanudar := c.Clave.Resumed()
	p, err := s.actualizar(ctx, c.Clave, c.ID, func(p *domain.Pedido) error {
		if err := quien.PuedeVer(p); err != nil {
			return err
		}
		return s.decidir(ctx, p, quien, c)
	})
	if err == nil && reanudar {
		p, err = s.continuar(ctx, p, func(p *domain.Pedido) error {
			p.Intentar(s.d.Reloj(), s.arriendo(ctx))
			return quien.PuedeVer(p)
		})
	}
	if err != nil {
		return nil, err
	}
	p, causa := s.conducir(ctx, p)
	if causa != nil { // also after a wrong answer of inventario: the decision is stored
		s.d.Log.WarnContext(ctx, "order left to the reconciler", "pedido_id", p.ID(), "fase", p.Fase(), "error", causa)
	}
	return p, p.Sigue(c.Estado) // else the client would let the goods go, or give the money back
}

func (s *Servicio) decidir(ctx context.Context, p *domain.Pedido, quien domain.Solicitante, c CambiarEstado) error {
	motivo, err := quien.PuedeDecidir(p, c.Estado)
	if err != nil {
		return err
	}
	if err := p.ExigirVersion(c.SiVersion...); err != nil {
		return err
	}
	decision := domain.Decision{Motivo: motivo, Nota: c.Nota, Autor: quien.Autor()}
	if c.Estado == domain.Completado {
		return p.Completar(decision, s.d.Reloj(), s.arriendo(ctx))
	}
	return p.Cancelar(decision, s.d.Reloj(), s.arriendo(ctx))
}
