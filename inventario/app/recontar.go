package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// Recontar is the command of a person who has counted the shelf: Esperado is the fisico that the system showed before the count.
type Recontar struct {
	Clave      idempotency.Key
	ProductoID int64
	Contado    int64
	Esperado   int64
	SiVersion  []int64 // set it only in one of these versions; none = in any version
}

// Recontar sets fisico to what was counted, if it did not change during the count.
// fault.ErrInvalid with every wrong field, domain.ErrInventarioNoExiste, domain.ErrCambioDuranteRecuento,
// domain.ErrStockInsuficiente, fault.ErrPrecondition.
func (s *Servicio) Recontar(ctx context.Context, quien domain.Solicitante, c Recontar) (*domain.Existencias, error) {
	recuento, err := domain.NewRecuento(c.ProductoID, c.Contado, c.Esperado)
	if err != nil {
		return nil, fmt.Errorf("recontar existencias: %w", err)
	}
	despues, err := s.d.Existencias.Mover(ctx, c.Clave, recuento.EnVersion(c.SiVersion...), quien.Causa(s.d.Reloj()))
	if err != nil {
		return nil, fmt.Errorf("recontar existencias: %w", err)
	}
	return despues, nil
}
