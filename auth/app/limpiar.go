package app

import (
	"context"
	"errors"

	"github.com/tienda-go/tienda/auth/domain"
)

// Limpiar removes rows that no request needs any more: guesses that no longer count, ended sessions whose tokens have expired,
// accounts that no longer count for their network, and old rows of the trail. fault.ErrUnavailable.
func (s *Servicio) Limpiar(ctx context.Context) error {
	ahora := s.d.Reloj()
	_, err := s.d.Sesiones.OlvidarSesiones(ctx, ahora.Add(-domain.VidaRevocacion))
	return errors.Join(err,
		s.d.Intentos.Olvidar(ctx, ahora), s.d.Registros.OlvidarRegistros(ctx, ahora), s.d.Auditoria.OlvidarRastro(ctx, ahora))
}
