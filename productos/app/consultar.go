package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/productos/domain"
)

// Obtener returns a product, whatever its state: who ordered one that is archived since may still look at it.
// domain.ErrProductoNoExiste.
func (s *Servicio) Obtener(ctx context.Context, id int64) (*domain.Producto, error) {
	producto, err := s.productos.Obtener(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("obtener producto: %w", err)
	}
	return producto, nil
}

// PorIDs returns the products that exist among ids, each once, by id ascending, whatever their state.
func (s *Servicio) PorIDs(ctx context.Context, ids []int64) ([]*domain.Producto, error) {
	productos, err := s.catalogo.PorIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("buscar productos: %w", err)
	}
	return productos, nil
}

// ListarProductos asks for one page of the catalogue.
type ListarProductos struct {
	DespuesDe int64 // the last id of the page before; 0 for the first page
	Limite    int   // the most products of a page
}

// Listar returns the next active products by id ascending.
func (s *Servicio) Listar(ctx context.Context, c ListarProductos) ([]*domain.Producto, error) {
	pagina, err := s.catalogo.Activos(ctx, c.DespuesDe, c.Limite)
	if err != nil {
		return nil, fmt.Errorf("listar productos: %w", err)
	}
	return pagina, nil
}
