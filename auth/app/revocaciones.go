package app

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Revocaciones is a page of the sessions that ended, and the users whose tokens were revoked, so recently that such a token may
// not have expired. fault.ErrInvalid for a cursor that is not from a previous page, fault.ErrUnavailable.
func (s *Servicio) Revocaciones(ctx context.Context, cursor string) (ports.Revocadas, error) {
	ahora := s.d.Reloj()
	// A minute for clock skew.
	return s.d.Revocaciones.Revocadas(ctx, ahora.Add(-domain.VidaRevocacion), ahora.Add(-time.Minute), cursor)
}

// RotarClave makes a new signing key and returns its id. fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
func (s *Servicio) RotarClave(ctx context.Context, quien domain.Solicitante) (string, error) {
	kid, err := s.d.Firmador.Rotar(ctx, &quien)
	if kid != "" { // the key was made, also when reading it back failed
		s.contarEnElLog(ctx, domain.HechoClaveRotada(&quien, kid, s.d.Reloj()))
	}
	return kid, err
}
