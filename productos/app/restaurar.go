package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/domain"
)

// RestaurarProducto asks to undo the archiving of a product.
type RestaurarProducto struct {
	Clave     idempotency.Key
	ID        int64
	SiVersion []int64 // restore it only in one of these versions; none = in any version
}

// Restaurar gives an archived product its earlier state; a product that is not archived stays unchanged.
// domain.ErrProductoNoExiste, domain.ErrNombreDuplicado, domain.ErrSKUDuplicado, fault.ErrPrecondition.
func (s *Servicio) Restaurar(ctx context.Context, c RestaurarProducto) (*domain.Producto, error) {
	restaurado, err := s.d.Productos.Actualizar(ctx, c.Clave, c.ID, func(p *domain.Producto) error {
		if err := p.ExigirVersion(c.SiVersion...); err != nil {
			return err
		}
		p.Restaurar(s.d.Reloj())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("restaurar producto: %w", err)
	}
	return restaurado, nil
}
