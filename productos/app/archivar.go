package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/domain"
)

// ArchivarProducto asks to withdraw a product.
type ArchivarProducto struct {
	ID        int64
	SiVersion []int64 // archive it only in one of these versions; none = in any version
}

// Archivar withdraws a product from the catalogue; its name and SKU are free again. Archiving twice is allowed.
// domain.ErrProductoNoExiste, fault.ErrPrecondition.
func (s *Servicio) Archivar(ctx context.Context, c ArchivarProducto) error {
	_, err := s.d.Productos.Actualizar(ctx, idempotency.Key{}, c.ID, func(p *domain.Producto) error {
		if err := p.ExigirVersion(c.SiVersion...); err != nil {
			return err
		}
		p.Archivar(s.d.Reloj())
		return nil
	})
	if err != nil {
		return fmt.Errorf("archivar producto: %w", err)
	}
	return nil
}
