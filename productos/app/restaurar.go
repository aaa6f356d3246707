package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/productos/domain"
)

// Restaurar puts an archived product on sale again; one that is not archived stays as it is.
// domain.ErrProductoNoExiste; domain.ErrNombreDuplicado or domain.ErrSKUDuplicado when another product took its name or SKU.
func (s *Servicio) Restaurar(ctx context.Context, id int64) (*domain.Producto, error) {
	restaurado, err := s.productos.Actualizar(ctx, id, func(p *domain.Producto) error {
		p.Restaurar(s.ahora())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("restaurar producto: %w", err)
	}
	return restaurado, nil
}
