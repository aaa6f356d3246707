package app

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
)

// SobreReserva asks for something about one reservation.
type SobreReserva struct {
	Autor Autor
	ID    string
}

// Liberar gives a reservation's units back, once however often it is asked. An id never seen is closed from then on.
// fault.ErrForbidden for people, fault.ErrInvalid, domain.ErrReservaTerminada.
func (s *Servicio) Liberar(ctx context.Context, c SobreReserva) (*domain.Reserva, error) {
	return s.sobre(ctx, "liberar", c, func(ctx context.Context, id domain.ReservaID) (*domain.Reserva, error) {
		return s.reservas.Liberar(ctx, id, s.causa(c.Autor))
	})
}

// Consumir takes a reservation's units off the shelf, once however often it is asked.
// fault.ErrForbidden for people, fault.ErrInvalid, domain.ErrReservaNoExiste, domain.ErrReservaTerminada.
func (s *Servicio) Consumir(ctx context.Context, c SobreReserva) (*domain.Reserva, error) {
	return s.sobre(ctx, "consumir", c, func(ctx context.Context, id domain.ReservaID) (*domain.Reserva, error) {
		return s.reservas.Consumir(ctx, id, s.causa(c.Autor))
	})
}

// ObtenerReserva returns a reservation, in any state.
// fault.ErrForbidden for people, fault.ErrInvalid, domain.ErrReservaNoExiste.
func (s *Servicio) ObtenerReserva(ctx context.Context, c SobreReserva) (*domain.Reserva, error) {
	return s.sobre(ctx, "obtener reserva", c, s.reservas.Obtener)
}

func (s *Servicio) sobre(
	ctx context.Context, que string, c SobreReserva,
	hacer func(context.Context, domain.ReservaID) (*domain.Reserva, error),
) (*domain.Reserva, error) {
	if err := ExigirServicio(c.Autor.Quien); err != nil {
		return nil, fmt.Errorf("%s: %w", que, err)
	}
	id, err := domain.ParseReservaID(c.ID)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", que, err)
	}
	reserva, err := hacer(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", que, err)
	}
	return reserva, nil
}
