package app

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Revocaciones is a page of the sessions that ended, and the users whose tokens died, so lately that such a token may still be
// within its dates. fault.ErrInvalid for a cursor that no page has given, fault.ErrUnavailable.
func (s *Servicio) Revocaciones(ctx context.Context, cursor string) (ports.Revocadas, error) {
	ahora := s.d.Reloj()
	return s.d.Revocaciones.Revocadas(ctx, ahora.Add(-domain.VidaRevocacion), ahora.Add(-time.Minute), cursor) // a minute for clocks that differ
}

// RotarClave makes a new signing key and gives its id. fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
func (s *Servicio) RotarClave(ctx context.Context, a domain.Actor) (string, error) {
	kid, err := s.d.Firmador.Rotar(ctx, &a)
	if kid != "" { // made, also when it could not be read back
		s.contarEnElLog(ctx, domain.HechoClaveRotada(&a, kid, s.d.Reloj()))
	}
	return kid, err
}
