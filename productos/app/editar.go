package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/domain"
)

// EditarProducto asks to change the data of a product.
type EditarProducto struct {
	ID        int64
	SiVersion []int64             // change it only in one of these versions; none = in any version
	Cambiar   func(*domain.Ficha) // writes the new values over the current ones; may be called more than once
}

// Editar changes a product. A change without a difference keeps the version. domain.ErrProductoNoExiste, fault.ErrPrecondition,
// fault.ErrInvalid, domain.ErrNombreDuplicado, domain.ErrSKUDuplicado.
func (s *Servicio) Editar(ctx context.Context, c EditarProducto) (*domain.Producto, error) {
	editado, err := s.d.Productos.Actualizar(ctx, idempotency.Key{}, c.ID, func(p *domain.Producto) error {
		if err := p.ExigirVersion(c.SiVersion...); err != nil {
			return err
		}
		ficha := p.Ficha()
		c.Cambiar(&ficha)
		return p.Editar(ficha, s.d.Reloj())
	})
	if err != nil {
		return nil, fmt.Errorf("editar producto: %w", err)
	}
	return editado, nil
}
