package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
)

// Devolver is the command to put on the shelf what came back from a customer, all lines or none.
type Devolver struct {
	ID         string // a random UUID of the caller
	Lineas     []domain.Linea
	Referencia string
}

// Devolver puts units back under the caller's id, and reports whether this call did; a retry with the same lines, at any later
// time, returns the stored return and false.
// fault.ErrForbidden for people, fault.ErrInvalid with every wrong field, domain.ErrDevolucionDistinta,
// domain.ErrInventarioNoExiste with `lineas`.
func (s *Servicio) Devolver(ctx context.Context, quien domain.Solicitante, c Devolver) (*domain.Devolucion, bool, error) {
	if err := quien.ExigirServicio(); err != nil {
		return nil, false, fmt.Errorf("reponer devolución: %w", err)
	}
	id, err := domain.ParseDevolucionID(c.ID)
	if err != nil {
		return nil, false, fmt.Errorf("reponer devolución: %w", err)
	}
	causa := quien.Causa(s.d.Reloj())
	nueva, err := domain.NewDevolucion(id, c.Lineas, c.Referencia, causa.Cuando)
	if err != nil {
		return nil, false, fmt.Errorf("reponer devolución: %w", err)
	}
	guardada, creada, err := s.d.Devoluciones.Devolver(ctx, nueva, causa)
	if err != nil {
		return nil, false, fmt.Errorf("reponer devolución: %w", err)
	}
	return guardada, creada, nil
}
