package app

import (
	"context"
	"errors"

	"github.com/tienda-go/tienda/auth/domain"
)

// Limpiar removes what can matter to no request any more: guesses that no longer count, sessions whose end no service has to
// be told, accounts that no longer count for their network, and what the trail has kept long enough. fault.ErrUnavailable.
func (s *Servicio) Limpiar(ctx context.Context) error {
	ahora := s.d.Reloj()
	_, err := s.d.Sesiones.OlvidarSesiones(ctx, ahora.Add(-domain.VidaRevocacion))
	return errors.Join(err, s.d.Intentos.Olvidar(ctx, ahora), s.d.Registros.OlvidarRegistros(ctx, ahora), s.OlvidarRastro(ctx))
}
