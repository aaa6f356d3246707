package app

import (
	"context"
	"errors"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// Perfil reads the caller's account. fault.ErrUnauthenticated when it is closed or gone, fault.ErrUnavailable.
func (s *Servicio) Perfil(ctx context.Context, id int64) (*domain.Usuario, error) {
	u, err := s.d.Usuarios.Obtener(ctx, id)
	if errors.Is(err, domain.ErrUsuarioDesconocido) || (err == nil && !u.Activo()) {
		return nil, fault.ErrUnauthenticated.New("La cuenta de este token ya no está abierta.")
	}
	return u, err
}

// CambiarEmail sets another address. fault.ErrInvalid, domain.ErrUsuarioExiste, and as Perfil.
func (s *Servicio) CambiarEmail(ctx context.Context, id int64, email string) (*domain.Usuario, error) {
	if _, err := s.Perfil(ctx, id); err != nil {
		return nil, err
	}
	return s.d.Usuarios.Actualizar(ctx, id, func(u *domain.Usuario) error { return u.CambiarEmail(email, s.d.Reloj()) })
}

// CambiarContrasena sets another password and ends every other session of the caller. domain.ErrContrasenaActual,
// fault.ErrInvalid, and as Perfil.
func (s *Servicio) CambiarContrasena(ctx context.Context, id int64, sesion, actual, nueva string) error {
	u, err := s.Perfil(ctx, id)
	if err != nil {
		return err
	}
	old, compared := u.Hash(), u.Hash()
	if !domain.Evaluable(actual) {
		compared = ""
	}
	ok, _, err := s.d.Contrasenas.Comprobar(ctx, actual, compared)
	if err != nil {
		return err
	}
	if !ok {
		return domain.ErrContrasenaActual.New("La contraseña actual no es correcta.")
	}
	var f fault.Fields
	domain.ComprobarContrasena(nueva, "nueva", []string{u.Nombre(), u.Email()}, &f)
	if err := f.Err(); err != nil {
		return err
	}
	hash, err := s.d.Contrasenas.Cifrar(ctx, nueva)
	if err != nil {
		return err
	}
	_, err = s.d.Usuarios.Actualizar(ctx, id, func(u *domain.Usuario) error {
		// Somebody else's change came first: the password that was proved is no longer the current one.
		if u.Hash() != old {
			return domain.ErrContrasenaActual.New("La contraseña ha cambiado mientras tanto.")
		}
		u.CambiarContrasena(hash, sesion, s.d.Reloj())
		return nil
	})
	return err
}
