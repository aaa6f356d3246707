package app

import (
	"context"
	"errors"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Perfil reads the caller's account. fault.ErrUnauthenticated when the account, the session or the token is no longer good,
// fault.ErrForbidden for a service, fault.ErrUnavailable.
func (s *Servicio) Perfil(ctx context.Context, quien domain.Solicitante) (*domain.Usuario, error) {
	return s.d.Actores.Comprobar(ctx, quien, domain.AlcancePerfil, s.d.Reloj())
}

// Propio is what a change of the user's own account needs: the current password, and the client's network.
type Propio struct {
	Actual string // password
	Red    string // of the client, for counting
}

// CambiarEmail sets another address and ends every other session of the caller. domain.ErrContrasenaActual, domain.ErrIntentos,
// fault.ErrInvalid, domain.ErrUsuarioExiste, and as Perfil.
func (s *Servicio) CambiarEmail(ctx context.Context, quien domain.Solicitante, p Propio, email string) (*domain.Usuario, error) {
	salir, err := s.aforo.entrar(ports.CarrilEntrar, p.Red)
	if err != nil {
		return nil, err
	}
	defer salir()
	_, probada, err := s.probar(ctx, quien, p)
	if err != nil {
		return nil, err
	}
	u, err := s.d.Actores.ActualizarPropio(ctx, quien, s.d.Reloj(), func(u *domain.Usuario) error {
		if u.Hash() != probada {
			return domain.ContrasenaActualIncorrecta() // another change came first
		}
		return u.CambiarEmail(email, quien.Sesion, s.d.Reloj())
	})
	return s.cambiado(ctx, u, err)
}

// CambiarContrasena sets another password. Every session ends, and the caller gets a new one. domain.ErrContrasenaActual,
// domain.ErrIntentos, fault.ErrInvalid, and as Perfil.
func (s *Servicio) CambiarContrasena(ctx context.Context, quien domain.Solicitante, p Propio, nueva string) (Tokens, error) {
	salir, err := s.aforo.entrar(ports.CarrilEntrar, p.Red)
	if err != nil {
		return Tokens{}, err
	}
	defer salir()
	u, probada, err := s.probar(ctx, quien, p)
	if err != nil {
		return Tokens{}, err
	}
	var f fault.Fields
	nueva = domain.ParseContrasena(nueva, "nueva", []string{u.Nombre(), u.Email()}, &f)
	if err := f.Err(); err != nil {
		return Tokens{}, err
	}
	hash, err := s.d.Contrasenas.Cifrar(ctx, ports.Solicitud{Carril: ports.CarrilEntrar, Red: p.Red}, nueva)
	if err != nil {
		return Tokens{}, err
	}
	ahora := s.d.Reloj()
	sesion := domain.NewSesion(s.d.NuevoID(), u.ID(), ahora, s.vidaMaxima())
	refresco, refrescoHash := nuevoRefresco()
	u, err = s.d.Actores.Renovar(ctx, quien, sesion, refrescoHash, func(u *domain.Usuario) error {
		if u.Hash() != probada {
			return domain.ContrasenaActualIncorrecta()
		}
		u.CambiarContrasena(hash, ahora)
		return nil
	})
	if u, err = s.cambiado(ctx, u, err); err != nil {
		return Tokens{}, err
	}
	return s.tokens(ctx, u, sesion.ID, refresco, ahora)
}

// probar checks the current password, like a login and with the same counters, and returns its hash.
func (s *Servicio) probar(ctx context.Context, quien domain.Solicitante, p Propio) (u *domain.Usuario, hash string, err error) {
	if u, err = s.Perfil(ctx, quien); err != nil {
		return nil, "", err
	}
	hash, _, err = s.adivinar(ctx, u, Credenciales{Contrasena: p.Actual, Direccion: quien.Direccion, Red: p.Red})
	if errors.Is(err, domain.ErrCredenciales) {
		err = domain.ContrasenaActualIncorrecta()
	}
	return u, hash, err
}
