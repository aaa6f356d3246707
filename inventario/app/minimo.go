package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
)

// PonerMinimo is the command to change the quantity below which a product should be bought again.
type PonerMinimo struct {
	ProductoID int64
	Minimo     int64
	SiVersion  []int64 // change it only in one of these versions; none = in any version
}

// PonerMinimo changes the minimum of a product and returns its stock. fault.ErrInvalid, domain.ErrInventarioNoExiste,
// fault.ErrPrecondition.
func (s *Servicio) PonerMinimo(ctx context.Context, c PonerMinimo) (*domain.Existencias, error) {
	if err := domain.RevisarMinimo(c.Minimo); err != nil {
		return nil, fmt.Errorf("poner mínimo: %w", err)
	}
	despues, err := s.d.Existencias.PonerMinimo(ctx, c.ProductoID, c.Minimo, c.SiVersion, s.d.Reloj())
	if err != nil {
		return nil, fmt.Errorf("poner mínimo: %w", err)
	}
	return despues, nil
}
