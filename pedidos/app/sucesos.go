package app

import (
	"context"
	"log/slog"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// narrados are the orders, and the log tells when each is accepted and how it ends: once, by the write that has done it.
type narrados struct {
	ports.Pedidos
	log *slog.Logger
}

// Actualizar implements ports.Pedidos.
func (n narrados) Actualizar(ctx context.Context, id int64, change func(*domain.Pedido) error) (*domain.Pedido, error) {
	antes := new(domain.Fase)
	p, err := n.Pedidos.Actualizar(ctx, id, recordar(antes, change))
	return narrar(ctx, n.log, *antes, p, err)
}

// enCursoNarrados is the unfinished work, told in the same way.
type enCursoNarrados struct {
	ports.Pendientes
	log *slog.Logger
}

// Continuar implements ports.Pendientes.
func (n enCursoNarrados) Continuar(ctx context.Context, p *domain.Pedido, change func(*domain.Pedido) error) (*domain.Pedido, error) {
	antes := new(domain.Fase)
	p, err := n.Pendientes.Continuar(ctx, p, recordar(antes, change))
	return narrar(ctx, n.log, *antes, p, err)
}

// recordar keeps the phase before change: of the last call, which is the one that is written.
func recordar(antes *domain.Fase, change func(*domain.Pedido) error) func(*domain.Pedido) error {
	return func(p *domain.Pedido) error {
		*antes = p.Fase()
		return change(p)
	}
}

func narrar(ctx context.Context, log *slog.Logger, antes domain.Fase, p *domain.Pedido, err error) (*domain.Pedido, error) {
	if err != nil || p.Fase() == antes {
		return p, err
	}
	switch p.Fase() {
	case domain.FaseAceptado:
		log.InfoContext(ctx, "order accepted", "pedido_id", p.ID(), "usuario_id", p.UsuarioID())
	case domain.FaseCompletado:
		log.InfoContext(ctx, "order completed", "pedido_id", p.ID(), "usuario_id", p.UsuarioID())
	case domain.FaseCancelado:
		log.InfoContext(ctx, "order cancelled", "pedido_id", p.ID(), "usuario_id", p.UsuarioID(), "motivo", p.Motivo())
	}
	return p, nil
}
