package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/domain"
)

// CrearProducto asks for a new product. Ficha may leave out Moneda and Estado (see domain.NewProducto).
type CrearProducto struct {
	Clave idempotency.Key
	Ficha domain.Ficha
}

// Crear adds a product to the catalogue.
// fault.ErrInvalid with every wrong field, domain.ErrNombreDuplicado, domain.ErrSKUDuplicado.
func (s *Servicio) Crear(ctx context.Context, c CrearProducto) (*domain.Producto, error) {
	nuevo, err := domain.NewProducto(c.Ficha, s.d.Reloj())
	if err != nil {
		return nil, fmt.Errorf("crear producto: %w", err)
	}
	creado, err := s.d.Productos.Crear(ctx, c.Clave, nuevo)
	if err != nil {
		return nil, fmt.Errorf("crear producto: %w", err)
	}
	return creado, nil
}
