package app

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/kit/authn"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// margenRevocaciones is for clocks that differ.
const margenRevocaciones = time.Minute

// Revocaciones are the sessions that ended, and the users whose tokens died, so lately that such a token may still be within
// its dates. fault.ErrUnavailable.
func (s *Servicio) Revocaciones(ctx context.Context) (ports.Revocadas, error) {
	return s.d.Revocaciones.Revocadas(ctx, s.d.Reloj().Add(-authn.MaxUserLife-margenRevocaciones))
}

// RotarClave makes a new signing key and gives its id. fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
func (s *Servicio) RotarClave(ctx context.Context, a domain.Actor) (string, error) {
	kid, err := s.d.Firmador.Rotar(ctx, &a)
	if kid != "" { // made, also when it could not be read back
		s.contarEnElLog(ctx, domain.HechoClaveRotada(&a, kid, s.d.Reloj()))
	}
	return kid, err
}
