package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

// Obtener finds a product. A draft exists for staff and services only.
// domain.ErrProductoNoExiste.
func (s *Servicio) Obtener(ctx context.Context, quien domain.Solicitante, id int64) (*domain.Producto, error) {
	producto, err := s.d.Productos.Obtener(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("obtener producto: %w", err)
	}
	if err := quien.PuedeVer(producto); err != nil {
		return nil, fmt.Errorf("obtener producto: %w", err)
	}
	return producto, nil
}

// PorIDs finds the products with these ids that exist for quien, by id ascending.
func (s *Servicio) PorIDs(ctx context.Context, quien domain.Solicitante, ids []int64) ([]*domain.Producto, error) {
	hallados, err := s.d.Catalogo.PorIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("buscar productos: %w", err)
	}
	visibles := make([]*domain.Producto, 0, len(hallados))
	for _, p := range hallados {
		if quien.PuedeVer(p) == nil {
			visibles = append(visibles, p)
		}
	}
	return visibles, nil
}

// ListarProductos asks for a page of the catalogue. A filter that is "" does not count.
type ListarProductos struct {
	Estado    domain.Estado
	Nombre    string // the exact name, compared by domain.Identidad
	SKU       string // the exact SKU, compared by domain.Identidad
	DespuesDe int64  // the last id of the previous page; 0 for the first page
	Limite    int    // the most products of a page
}

// Listar returns what is on sale, by id ascending. Staff may ask for another state, and find products of every state by name or
// SKU. fault.ErrForbidden when another caller asks for a state, fault.ErrInvalid with every wrong filter.
func (s *Servicio) Listar(ctx context.Context, quien domain.Solicitante, c ListarProductos) ([]*domain.Producto, error) {
	if c.Estado != "" {
		if err := quien.PuedeElegirEstado(); err != nil {
			return nil, fmt.Errorf("listar productos: %w", err)
		}
	}
	busqueda, err := c.busqueda(quien)
	if err != nil {
		return nil, fmt.Errorf("listar productos: %w", err)
	}
	pagina, err := s.d.Catalogo.Buscar(ctx, busqueda)
	if err != nil {
		return nil, fmt.Errorf("listar productos: %w", err)
	}
	return pagina, nil
}

func (c ListarProductos) busqueda(quien domain.Solicitante) (ports.Busqueda, error) {
	b := ports.Busqueda{DespuesDe: c.DespuesDe, Limite: c.Limite}
	var mal fault.Fields
	if c.Nombre != "" {
		b.Nombre = domain.IdentidadBuscada(&mal, "nombre", c.Nombre)
	}
	if c.SKU != "" {
		b.SKU = domain.IdentidadBuscada(&mal, "sku", c.SKU)
	}
	switch {
	case c.Estado == "" && (!quien.Puede(domain.AlcanceEscribir) || c.Nombre == "" && c.SKU == ""):
		b.Estado = domain.Activo
	case c.Estado != "" && !c.Estado.Valido():
		mal.Add("estado", "VALOR", "Use BORRADOR, ACTIVO o ARCHIVADO.")
	default:
		b.Estado = c.Estado
	}
	return b, mal.Err()
}
