package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

// The scopes that allow to see hidden products: staff have escribir, the shop's services have leer.
const (
	scopeEscribir = "productos:escribir"
	scopeLeer     = "productos:leer"
)

// ve reports whether quien may see the product. For other callers it does not exist.
func ve(quien authn.Caller, p *domain.Producto) bool {
	return p.Publico() || quien.Can(scopeEscribir) || quien.Can(scopeLeer)
}

// Obtener finds a product. A draft exists for staff and services only.
// domain.ErrProductoNoExiste.
func (s *Servicio) Obtener(ctx context.Context, quien authn.Caller, id int64) (*domain.Producto, error) {
	producto, err := s.productos.Obtener(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("obtener producto: %w", err)
	}
	if !ve(quien, producto) {
		return nil, fmt.Errorf("obtener producto: %w", domain.NoExiste())
	}
	return producto, nil
}

// PorIDs finds the products with these ids that exist for quien, by id ascending.
func (s *Servicio) PorIDs(ctx context.Context, quien authn.Caller, ids []int64) ([]*domain.Producto, error) {
	hallados, err := s.catalogo.PorIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("buscar productos: %w", err)
	}
	visibles := make([]*domain.Producto, 0, len(hallados))
	for _, p := range hallados {
		if ve(quien, p) {
			visibles = append(visibles, p)
		}
	}
	return visibles, nil
}

// ListarProductos asks for a page of the catalogue. A filter that is "" does not count.
type ListarProductos struct {
	Quien     authn.Caller
	Estado    domain.Estado
	Nombre    string // the exact name, compared by domain.Identidad
	SKU       string // likewise
	DespuesDe int64  // the last id of the previous page; 0 for the first page
	Limite    int    // the most products of a page
}

// Listar returns what is on sale, by id ascending. Staff may ask for another state, and find products of every state by name or
// SKU. fault.ErrForbidden when another caller asks for a state, fault.ErrInvalid with every wrong filter.
func (s *Servicio) Listar(ctx context.Context, c ListarProductos) ([]*domain.Producto, error) {
	if c.Estado != "" {
		if err := ExigirEscribir(c.Quien); err != nil {
			return nil, fmt.Errorf("listar productos: %w", err)
		}
	}
	if c.Estado == "" && c.Nombre == "" && c.SKU == "" {
		pagina, err := s.catalogo.Activos(ctx, c.DespuesDe, c.Limite)
		if err != nil {
			return nil, fmt.Errorf("listar productos: %w", err)
		}
		return pagina, nil
	}
	busqueda, err := c.busqueda()
	if err != nil {
		return nil, fmt.Errorf("listar productos: %w", err)
	}
	pagina, err := s.catalogo.Buscar(ctx, busqueda)
	if err != nil {
		return nil, fmt.Errorf("listar productos: %w", err)
	}
	return pagina, nil
}

func (c ListarProductos) busqueda() (ports.Busqueda, error) {
	b := ports.Busqueda{DespuesDe: c.DespuesDe, Limite: c.Limite}
	var mal fault.Fields
	if c.Nombre != "" {
		b.Nombre = domain.IdentidadBuscada(&mal, "nombre", c.Nombre)
	}
	if c.SKU != "" {
		b.SKU = domain.IdentidadBuscada(&mal, "sku", c.SKU)
	}
	switch {
	case c.Estado == "" && !c.Quien.Can(scopeEscribir):
		b.Estado = domain.Activo
	case c.Estado != "" && !c.Estado.Valido():
		mal.Add("estado", "VALOR", "Use BORRADOR, ACTIVO o ARCHIVADO.")
	default:
		b.Estado = c.Estado
	}
	return b, mal.Err()
}

// ExigirEscribir refuses a caller who is not staff.
func ExigirEscribir(quien authn.Caller) error {
	if !quien.Can(scopeEscribir) {
		return fault.ErrForbidden.New("Para elegir el estado de los productos hace falta el permiso %s. Quite estado, o use otra cuenta.",
			scopeEscribir).Needs(scopeEscribir)
	}
	return nil
}
