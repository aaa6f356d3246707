package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Rastro reads what happened to accounts, the newest first. fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
func (s *Servicio) Rastro(ctx context.Context, a domain.Actor, f ports.FiltroRastro) ([]domain.Hecho, error) {
	if _, err := s.d.Actores.Comprobar(ctx, a, domain.AlcanceUsuariosGestionar, s.d.Reloj()); err != nil {
		return nil, err
	}
	return s.d.Auditoria.Rastro(ctx, f)
}

// plazoRastro is how long a guess waits for its row; its client may have left, and must not keep the trail from being written so.
const plazoRastro = 2 * time.Second

// anotarFallo records a guess that was wrong, or was refused because there were too many. u is nil for a name without an account: what
// was typed is kept nowhere, because people type passwords where names belong. What the guess is answered does not depend on it.
func (s *Servicio) anotarFallo(ctx context.Context, tipo domain.TipoHecho, u *domain.Usuario, c Credenciales) {
	h := domain.Hecho{Tipo: tipo, Cuando: s.d.Reloj(), Direccion: c.Red}
	if u != nil {
		h.UsuarioID = u.ID()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), plazoRastro)
	defer cancel()
	nuevo, err := s.d.Auditoria.AnotarFallo(ctx, h)
	if err != nil {
		s.log().ErrorContext(ctx, "trail not written", "tipo", string(tipo), "usuario_id", h.UsuarioID, "direccion", c.Direccion, "error", err)
		return
	}
	if nuevo || tipo == domain.AccesoFallido { // a refused guess costs nothing, and must not fill the log
		s.log().WarnContext(ctx, "account", "tipo", string(tipo), "usuario_id", h.UsuarioID, "direccion", c.Direccion)
	}
}

// anotarRechazo records err if it says that there were too many guesses, and gives it back.
func (s *Servicio) anotarRechazo(ctx context.Context, u *domain.Usuario, c Credenciales, err error) error {
	if errors.Is(err, domain.ErrIntentos) {
		s.anotarFallo(ctx, domain.Bloqueo, u, c)
	}
	return err
}

// contarEnElLog writes what the trail has just got.
func (s *Servicio) contarEnElLog(ctx context.Context, hechos ...domain.Hecho) {
	for _, h := range hechos {
		args := []any{"tipo", string(h.Tipo), "usuario_id", h.UsuarioID, "actor_id", h.ActorID, "direccion", h.Direccion}
		for _, clave := range []string{"de", "a", "kid"} {
			if valor, ok := h.Detalle[clave]; ok {
				args = append(args, clave, valor)
			}
		}
		s.log().InfoContext(ctx, "account", args...)
	}
}

func (s *Servicio) log() *slog.Logger {
	if s.d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.d.Log
}

// loteRastro is how many rows are removed at a time: other work comes in between.
const loteRastro = 1000

// OlvidarRastro removes what is older than domain.RetencionRastro. fault.ErrUnavailable.
func (s *Servicio) OlvidarRastro(ctx context.Context) error {
	for {
		n, err := s.d.Auditoria.OlvidarRastro(ctx, s.d.Reloj(), loteRastro)
		if err != nil || n < loteRastro {
			return err
		}
	}
}
