package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
)

// Reservar is the command to hold units for an order, all lines or none. Referencia is optional.
type Reservar struct {
	ID         string // a random UUID of the caller
	Lineas     []domain.Linea
	Referencia string
}

// Reservar holds units under the caller's id, and reports whether this call did; a retry with the same lines returns the stored
// reservation and false.
// fault.ErrForbidden for people, fault.ErrInvalid with every wrong field, domain.ErrStockInsuficiente with `lineas`,
// domain.ErrReservaTerminada, domain.ErrReservaDistinta.
func (s *Servicio) Reservar(ctx context.Context, quien domain.Solicitante, c Reservar) (*domain.Reserva, bool, error) {
	if err := quien.ExigirServicio(); err != nil {
		return nil, false, fmt.Errorf("reservar existencias: %w", err)
	}
	id, err := domain.ParseReservaID(c.ID)
	if err != nil {
		return nil, false, fmt.Errorf("reservar existencias: %w", err)
	}
	causa := quien.Causa(s.d.Reloj())
	nueva, err := domain.NewReserva(id, c.Lineas, c.Referencia, causa.Cuando)
	if err != nil {
		return nil, false, fmt.Errorf("reservar existencias: %w", err)
	}
	guardada, creada, err := s.d.Reservas.Reservar(ctx, nueva, causa)
	if err != nil {
		return nil, false, fmt.Errorf("reservar existencias: %w", err)
	}
	return guardada, creada, nil
}
