package app

import (
	"context"
	"errors"
	"time"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Rastro reads the events of accounts, the newest first. fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
func (s *Servicio) Rastro(ctx context.Context, quien domain.Solicitante, f ports.FiltroRastro) ([]domain.Hecho, error) {
	if err := s.Comprobar(ctx, quien, domain.AlcanceUsuariosGestionar); err != nil {
		return nil, err
	}
	return s.d.Auditoria.Rastro(ctx, f)
}

// plazoRastro is the time for writing what became of a guess.
const plazoRastro = 2 * time.Second

// desligado is a context to write what became of a guess. A client that closes its connection must not prevent that.
func desligado(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), plazoRastro)
}

// anotarFallo records a wrong or refused guess; the answer to the guess does not depend on it. u is nil for a name without an
// account: the typed name is not stored, because people type passwords into the field for the name.
func (s *Servicio) anotarFallo(ctx context.Context, tipo domain.TipoHecho, u *domain.Usuario, c Credenciales) {
	h := domain.Hecho{Tipo: tipo, Cuando: s.d.Reloj(), Direccion: c.Red}
	if u != nil {
		h.UsuarioID = u.ID()
	}
	ctx, cancel := desligado(ctx)
	defer cancel()
	nuevo, err := s.d.Auditoria.AnotarFallo(ctx, h)
	if err != nil {
		s.d.Log.ErrorContext(ctx, "trail not written",
			"tipo", string(tipo), "usuario_id", h.UsuarioID, "direccion", c.Direccion, "error", err)
		return
	}
	if nuevo || tipo == domain.AccesoFallido { // refused guesses are cheap to send, and must not fill the log
		s.d.Log.WarnContext(ctx, "account", "tipo", string(tipo), "usuario_id", h.UsuarioID, "direccion", c.Direccion)
	}
}

// anotarRechazo records err if it is about too many guesses, and returns it.
func (s *Servicio) anotarRechazo(ctx context.Context, u *domain.Usuario, c Credenciales, err error) error {
	if errors.Is(err, domain.ErrIntentos) {
		s.anotarFallo(ctx, domain.Bloqueo, u, c)
	}
	return err
}

// cambiado logs the events of a stored change; with an error there is none.
func (s *Servicio) cambiado(ctx context.Context, u *domain.Usuario, err error) (*domain.Usuario, error) {
	if err != nil {
		return nil, err
	}
	s.contarEnElLog(ctx, u.Hechos()...)
	return u, nil
}

// contarEnElLog logs new rows of the trail.
func (s *Servicio) contarEnElLog(ctx context.Context, hechos ...domain.Hecho) {
	for _, h := range hechos {
		args := []any{"tipo", string(h.Tipo), "usuario_id", h.UsuarioID, "actor_id", h.ActorID, "direccion", h.Direccion}
		for _, clave := range []string{"de", "a", "kid"} {
			if valor, ok := h.Detalle[clave]; ok {
				args = append(args, clave, valor)
			}
		}
		s.d.Log.InfoContext(ctx, "account", args...)
	}
}
