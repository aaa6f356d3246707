package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// avanzar makes the one remote step that an order's phase calls for, and records what came of it. Repeating it changes nothing.
// It returns the order as it is then: another may have decided something else meanwhile, and what is decided stands.
func (s *Servicio) avanzar(ctx context.Context, p *domain.Pedido) (*domain.Pedido, error) {
	switch p.Fase() {
	case domain.FaseRecibido:
		return s.reservar(ctx, p)
	case domain.FaseCancelando:
		if err := s.d.Reservas.Liberar(ctx, p.ReservaID()); err != nil {
			return nil, fmt.Errorf("liberar reserva: %w", err)
		}
		return s.actualizar(ctx, p.ID(), func(p *domain.Pedido) error { return p.Liberado(s.d.Reloj()) })
	case domain.FaseCompletando:
		err := s.d.Reservas.Consumir(ctx, p.ReservaID())
		if errors.Is(err, domain.ErrReservaTerminada) || errors.Is(err, domain.ErrReservaNoExiste) {
			return s.perdida(ctx, p, err)
		}
		if err != nil {
			return nil, fmt.Errorf("consumir reserva: %w", err)
		}
		return s.actualizar(ctx, p.ID(), func(p *domain.Pedido) error { return p.Consumido(s.d.Reloj()) })
	default:
		return p, nil
	}
}

// reservar holds the units of an order, or ends it for want of them.
func (s *Servicio) reservar(ctx context.Context, p *domain.Pedido) (*domain.Pedido, error) {
	err := s.d.Reservas.Reservar(ctx, p.ReservaID(), p.ID(), p.Lineas())
	var sinStock *domain.SinStock
	if err != nil && !errors.As(err, &sinStock) {
		if errors.Is(err, domain.ErrReservaTerminada) {
			return s.perdida(ctx, p, err)
		}
		return nil, fmt.Errorf("reservar stock: %w", err)
	}
	// An attempt that was given up may still arrive, and find units that have come back: then the id must be closed for it. A
	// client who will not ask again is told nothing before that; for one who will, the refusal is durable first.
	porCerrar := sinStock != nil && (sinStock.Repetida || p.ReservasPedidas() > 1)
	if porCerrar && !p.ConClave() {
		if err := s.d.Reservas.Liberar(ctx, p.ReservaID()); err != nil {
			return nil, fmt.Errorf("cerrar reserva rechazada: %w", err)
		}
		porCerrar = false
	}
	anotado, err := s.actualizar(ctx, p.ID(), func(p *domain.Pedido) error {
		switch {
		case p.Fase() != domain.FaseRecibido:
			return nil // cancelled meanwhile, or another try was first
		case sinStock != nil:
			return p.RechazarSinStock(sinStock.Faltas, porCerrar, s.d.Reloj(), s.arriendo(ctx))
		default:
			return p.Reservar(s.d.Reloj())
		}
	})
	if err != nil {
		return nil, fmt.Errorf("anotar reserva: %w", err)
	}
	if porCerrar {
		return s.ejecutar(ctx, anotado)
	}
	return anotado, nil
}

// perdida cancels an order whose units inventario does not hold any more (its database was restored, or someone released them
// by hand): completing it would send out goods that are not there.
func (s *Servicio) perdida(ctx context.Context, p *domain.Pedido, causa error) (*domain.Pedido, error) {
	intentada := p.Fase()
	cancelando, err := s.actualizar(ctx, p.ID(), func(p *domain.Pedido) error {
		if p.Fase() != intentada {
			return nil // another has cancelled it, which is why
		}
		p.Aplazar(causa.Error(), s.d.Reloj(), s.arriendo(ctx))
		return p.Cancelar(domain.Decision{Motivo: domain.MotivoSistema}, s.d.Reloj(), s.arriendo(ctx))
	})
	if err != nil {
		return nil, err
	}
	if cancelando.Motivo() == domain.MotivoSistema {
		s.d.Log.ErrorContext(ctx, "reservation lost", "pedido_id", p.ID(), "fase", intentada, "codigo", fault.From(causa).Kind.Reason())
	}
	return s.avanzar(ctx, cancelando)
}
