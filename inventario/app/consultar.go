package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Obtener returns the stock of a product. domain.ErrInventarioNoExiste.
func (s *Servicio) Obtener(ctx context.Context, productoID int64) (*domain.Existencias, error) {
	existencias, err := s.d.Existencias.Obtener(ctx, productoID)
	if err != nil {
		return nil, fmt.Errorf("obtener existencias: %w", err)
	}
	return existencias, nil
}

// Listar returns stock by product ascending.
func (s *Servicio) Listar(ctx context.Context, filtro ports.Filtro) ([]*domain.Existencias, error) {
	lista, err := s.d.Existencias.Listar(ctx, filtro)
	if err != nil {
		return nil, fmt.Errorf("listar existencias: %w", err)
	}
	return lista, nil
}
