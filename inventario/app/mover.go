package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// MoverExistencias is the command to change the stock of a product by hand. Motivo and Referencia are optional.
type MoverExistencias struct {
	Clave      idempotency.Key
	ProductoID int64
	Tipo       domain.Tipo
	Cantidad   int64
	Motivo     string
	Referencia string
	SiVersion  []int64 // move it only in one of these versions; none = in any version
}

// Mover changes the stock of a product and returns the stock after it.
// fault.ErrInvalid with every wrong field, domain.ErrInventarioNoExiste, domain.ErrStockInsuficiente,
// fault.ErrPrecondition.
func (s *Servicio) Mover(ctx context.Context, quien domain.Solicitante, c MoverExistencias) (*domain.Existencias, error) {
	movimiento, err := domain.NewMovimiento(c.ProductoID, c.Tipo, c.Cantidad, c.Motivo, c.Referencia)
	if err != nil {
		return nil, fmt.Errorf("mover existencias: %w", err)
	}
	despues, err := s.d.Existencias.Mover(ctx, c.Clave, movimiento.EnVersion(c.SiVersion...), quien.Causa(s.d.Reloj()))
	if err != nil {
		return nil, fmt.Errorf("mover existencias: %w", err)
	}
	return despues, nil
}
