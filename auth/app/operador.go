package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// The commands of the operator on the machine of auth. They need no token, so the trail has no actor.

// Buscar reads an account by its name or address. domain.ErrUsuarioDesconocido, fault.ErrUnavailable.
func (s *Servicio) Buscar(ctx context.Context, nombreOEmail string) (*domain.Usuario, error) {
	return s.d.Usuarios.Buscar(ctx, domain.NormalizarIdentificador(nombreOEmail))
}

// Ascender makes an administrator of an open account. domain.ErrUsuarioDesconocido, domain.ErrCuentaCambiada for a closed one,
// fault.ErrUnavailable.
func (s *Servicio) Ascender(ctx context.Context, id int64) (*domain.Usuario, error) {
	u, err := s.d.Usuarios.Actualizar(ctx, id, func(u *domain.Usuario) error {
		if !u.Activo() {
			return domain.ErrCuentaCambiada.New("La cuenta está cerrada.")
		}
		return u.CambiarRol(domain.RolAdmin, s.d.Reloj())
	})
	return s.cambiado(ctx, u, err)
}

// ReponerContrasena gives an account a new random password, which it returns. It ends every session, and removes the counted
// wrong guesses. A closed account stays closed. domain.ErrUsuarioDesconocido, fault.ErrUnavailable.
func (s *Servicio) ReponerContrasena(ctx context.Context, nombreOEmail string) (*domain.Usuario, string, error) {
	u, err := s.Buscar(ctx, nombreOEmail)
	if err != nil {
		return nil, "", err
	}
	nueva := contrasenaAlAzar()
	hash, err := s.d.Contrasenas.Cifrar(ctx, ports.Solicitud{Carril: ports.CarrilEntrar}, nueva)
	if err != nil {
		return nil, "", err
	}
	u, err = s.d.Usuarios.Actualizar(ctx, u.ID(), func(u *domain.Usuario) error {
		u.CambiarContrasena(hash, s.d.Reloj())
		return nil
	})
	if u, err = s.cambiado(ctx, u, err); err != nil {
		return nil, "", err
	}
	return u, nueva, s.d.Intentos.Perdonar(ctx, ambitosDe(u, Credenciales{}))
}

// contrasenaAlAzar has 100 random bits, in characters that do not look alike.
func contrasenaAlAzar() string {
	var azar [13]byte
	_, _ = rand.Read(azar[:]) // never fails (crypto/rand, since Go 1.24)
	letras := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(azar[:]))[:20]
	return letras[:5] + "-" + letras[5:10] + "-" + letras[10:15] + "-" + letras[15:]
}

// EsSuContrasena reports whether this is the password of that account, without counting a guess: it checks passwords of the
// configuration. domain.ErrUsuarioDesconocido, fault.ErrUnavailable.
func (s *Servicio) EsSuContrasena(ctx context.Context, nombre, contrasena string) (bool, error) {
	u, err := s.Buscar(ctx, nombre)
	if err != nil {
		return false, err
	}
	turno, formas := ports.Solicitud{Carril: ports.CarrilEntrar}, domain.FormasDeContrasena(contrasena)
	ok, _, err := s.d.Contrasenas.Comprobar(ctx, turno, formas, u.Hash(), func() error { return nil })
	return ok, err
}
