package app

import (
	"context"
	"log/slog"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// narrados are the orders, and the log tells when each is accepted and how it ends: once, by the write that has done it.
type narrados struct {
	ports.Pedidos
	log *slog.Logger
}

// Actualizar implements ports.Pedidos.
func (n narrados) Actualizar(
	ctx context.Context, clave idempotency.Key, id int64, cambio func(*domain.Pedido) error,
) (*domain.Pedido, error) {
	var antes domain.Fase // of the try that was written: cambio may be called again, or not at all
	p, err := n.Pedidos.Actualizar(ctx, clave, id, func(p *domain.Pedido) error {
		antes = p.Fase()
		return cambio(p)
	})
	if err != nil || p.Fase() == antes || antes == "" {
		return p, err
	}
	switch p.Fase() {
	case domain.FaseAceptado:
		n.log.InfoContext(ctx, "order accepted", "pedido_id", p.ID(), "usuario_id", p.UsuarioID())
	case domain.FaseCompletado:
		n.log.InfoContext(ctx, "order completed", "pedido_id", p.ID(), "usuario_id", p.UsuarioID())
	case domain.FaseCancelado:
		n.log.InfoContext(ctx, "order cancelled", "pedido_id", p.ID(), "usuario_id", p.UsuarioID(), "motivo", p.Motivo())
	}
	return p, nil
}
