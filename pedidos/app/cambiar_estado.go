package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// CambiarEstado is a client's wish for an order.
type CambiarEstado struct {
	ID      int64
	Estado  domain.Estado // COMPLETADO or CANCELADO
	Nota    string        // why, in the client's words
	Version *int64        // the version that the client has seen; nil = any
}

// CambiarEstado cancels or completes an order. The decision is durable when it returns without an error; while inventario
// is away the order comes back in phase CANCELANDO or COMPLETANDO, and the reconciler finishes it.
//
// domain.ErrPedidoNoExiste, fault.ErrForbidden, fault.ErrPrecondition, domain.ErrTransicionIlegal, fault.ErrUnavailable
// (nothing was decided).
func (s *Servicio) CambiarEstado(ctx context.Context, quien domain.Solicitante, c CambiarEstado) (*domain.Pedido, error) {
	p, err := s.d.Pedidos.Actualizar(ctx, c.ID, func(p *domain.Pedido) error {
		if err := quien.PuedeVer(p); err != nil {
			return err
		}
		return s.decidir(ctx, p, quien, c)
	})
	if err != nil {
		return nil, err
	}
	return s.ejecutar(ctx, p)
}

func (s *Servicio) decidir(ctx context.Context, p *domain.Pedido, quien domain.Solicitante, c CambiarEstado) error {
	if c.Estado == domain.Completado {
		if err := quien.PuedeCompletar(); err != nil {
			return err
		}
		if err := p.ComprobarVersion(c.Version); err != nil {
			return err
		}
		return p.Completar(s.d.Reloj(), s.arriendo(ctx))
	}
	motivo, err := quien.PuedeCancelar(p)
	if err != nil {
		return err
	}
	if err := p.ComprobarVersion(c.Version); err != nil {
		return err
	}
	return p.Cancelar(motivo, c.Nota, s.d.Reloj(), s.arriendo(ctx))
}

// ejecutar makes a decision take effect at inventario. When that fails the order is returned as it is: decided, and left to
// the reconciler.
func (s *Servicio) ejecutar(ctx context.Context, p *domain.Pedido) (*domain.Pedido, error) {
	hecho, err := s.avanzar(ctx, p)
	if err == nil {
		return hecho, nil
	}
	// Also when inventario's answer makes no sense: the decision stands, the reconciler and the log see to it.
	s.d.Log.WarnContext(ctx, "order left to the reconciler", "pedido_id", p.ID(), "fase", p.Fase(), "error", err)
	ctx, cancel := cierre(ctx)
	defer cancel()
	if aplazado, err := s.aplazar(ctx, p); err == nil {
		p = aplazado
	}
	return p, nil
}

// avanzar does the one remote step that an order's phase calls for, and records it. Repeating it changes nothing.
func (s *Servicio) avanzar(ctx context.Context, p *domain.Pedido) (*domain.Pedido, error) {
	switch p.Fase() {
	case domain.FaseCancelando:
		if err := s.d.Reservas.Liberar(ctx, p.ReservaID()); err != nil {
			return nil, fmt.Errorf("liberar reserva: %w", err)
		}
		return s.d.Pedidos.Actualizar(ctx, p.ID(), func(p *domain.Pedido) error { return p.Liberado(s.d.Reloj()) })
	case domain.FaseCompletando:
		err := s.d.Reservas.Consumir(ctx, p.ReservaID())
		if errors.Is(err, domain.ErrReservaTerminada) || errors.Is(err, domain.ErrReservaNoExiste) {
			return s.perdida(ctx, p, err)
		}
		if err != nil {
			return nil, fmt.Errorf("consumir reserva: %w", err)
		}
		return s.d.Pedidos.Actualizar(ctx, p.ID(), func(p *domain.Pedido) error { return p.Consumido(s.d.Reloj()) })
	default:
		return p, nil
	}
}

// perdida cancels an order whose units inventario no longer holds (its database was restored, or someone released them by
// hand): completing it would send out goods that are not there.
func (s *Servicio) perdida(ctx context.Context, p *domain.Pedido, causa error) (*domain.Pedido, error) {
	s.d.Log.ErrorContext(ctx, "reservation lost while completing", "pedido_id", p.ID(), "codigo", fault.From(causa).Kind.Reason())
	cancelando, err := s.d.Pedidos.Actualizar(ctx, p.ID(), func(p *domain.Pedido) error {
		return p.Cancelar(domain.MotivoSistema, "", s.d.Reloj(), s.arriendo(ctx))
	})
	if err != nil {
		return nil, err
	}
	return s.avanzar(ctx, cancelando)
}
