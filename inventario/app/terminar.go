package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
)

// Liberar releases a reservation's units; a retry changes nothing. It closes an unused id.
// fault.ErrForbidden for people, fault.ErrInvalid, domain.ErrReservaTerminada.
func (s *Servicio) Liberar(ctx context.Context, quien domain.Solicitante, id string) (*domain.Reserva, error) {
	return s.sobre(ctx, "liberar reserva", quien, id, func(ctx context.Context, id domain.ReservaID) (*domain.Reserva, error) {
		return s.d.Reservas.Liberar(ctx, id, quien.Causa(s.d.Reloj()))
	})
}

// Consumir takes a reservation's units off the shelf; a retry changes nothing.
// fault.ErrForbidden for people, fault.ErrInvalid, domain.ErrReservaNoExiste, domain.ErrReservaTerminada.
func (s *Servicio) Consumir(ctx context.Context, quien domain.Solicitante, id string) (*domain.Reserva, error) {
	return s.sobre(ctx, "consumir reserva", quien, id, func(ctx context.Context, id domain.ReservaID) (*domain.Reserva, error) {
		return s.d.Reservas.Consumir(ctx, id, quien.Causa(s.d.Reloj()))
	})
}

// ObtenerReserva returns a reservation, in any state.
// fault.ErrForbidden for people, fault.ErrInvalid, domain.ErrReservaNoExiste.
func (s *Servicio) ObtenerReserva(ctx context.Context, quien domain.Solicitante, id string) (*domain.Reserva, error) {
	return s.sobre(ctx, "obtener reserva", quien, id, s.d.Reservas.Obtener)
}

func (s *Servicio) sobre(
	ctx context.Context, que string, quien domain.Solicitante, texto string,
	hacer func(context.Context, domain.ReservaID) (*domain.Reserva, error),
) (*domain.Reserva, error) {
	if err := quien.ExigirServicio(); err != nil {
		return nil, fmt.Errorf("%s: %w", que, err)
	}
	id, err := domain.ParseReservaID(texto)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", que, err)
	}
	reserva, err := hacer(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", que, err)
	}
	return reserva, nil
}
