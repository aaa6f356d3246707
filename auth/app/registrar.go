package app

import (
	"context"
	"errors"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Registrar opens the account of a customer. The network is in the form in which guesses are counted. fault.ErrInvalid,
// domain.ErrUsuarioExiste, domain.ErrRegistros, fault.ErrUnavailable.
func (s *Servicio) Registrar(ctx context.Context, alta domain.Alta, red string) (*domain.Usuario, error) {
	salir, err := s.aforo.entrar(ports.CarrilRegistrar, red)
	if err != nil {
		return nil, err
	}
	defer salir()
	cupo := domain.Cupo{Red: huellaDeRed(red), Maximo: s.d.MaxRegistros}
	// Before the hash, which a refused request must not cost.
	if err := s.d.Registros.PermitirRegistro(ctx, cupo, s.d.Reloj()); err != nil {
		return nil, err
	}
	alta.Rol, alta.NombreReservado = domain.RolCliente, false
	u, err := s.nuevo(ctx, alta, red)
	if err != nil {
		return nil, err
	}
	return u, s.d.Registros.Registrar(ctx, u, cupo, s.d.Reloj())
}

func (s *Servicio) nuevo(ctx context.Context, alta domain.Alta, red string) (*domain.Usuario, error) {
	alta, err := alta.Normalizada()
	if err != nil {
		return nil, err
	}
	hash, err := s.d.Contrasenas.Cifrar(ctx, ports.Solicitud{Carril: ports.CarrilRegistrar, Red: red}, alta.Contrasena)
	if err != nil {
		return nil, err
	}
	return domain.NewUsuario(alta.Nombre, alta.Email, hash, alta.Rol, s.d.Reloj()), nil
}

// CrearAdmin opens the account of an administrator, also when there are others. fault.ErrInvalid, domain.ErrUsuarioExiste,
// fault.ErrUnavailable.
func (s *Servicio) CrearAdmin(ctx context.Context, alta domain.Alta) (*domain.Usuario, error) {
	alta.Rol, alta.NombreReservado = domain.RolAdmin, true
	u, err := s.nuevo(ctx, alta, "")
	if err != nil {
		return nil, err
	}
	return u, s.d.Usuarios.Crear(ctx, u)
}

// HayAdmin reports whether there is an administrator. fault.ErrUnavailable.
func (s *Servicio) HayAdmin(ctx context.Context) (bool, error) {
	return s.d.Administradores.HayAdmin(ctx)
}

// CrearPrimerAdmin makes the administrator unless one exists already, and reports whether it did. fault.ErrInvalid,
// domain.ErrUsuarioExiste, fault.ErrUnavailable.
func (s *Servicio) CrearPrimerAdmin(ctx context.Context, alta domain.Alta) (bool, error) {
	exists, err := s.d.Administradores.HayAdmin(ctx)
	if err != nil || exists {
		return false, err
	}
	alta.Rol, alta.NombreReservado = domain.RolAdmin, true
	u, err := s.nuevo(ctx, alta, "")
	if err != nil {
		return false, err
	}
	made, err := s.d.Administradores.CrearPrimero(ctx, u)
	if errors.Is(err, domain.ErrUsuarioExiste) {
		return false, errors.New("ADMIN_USERNAME or ADMIN_EMAIL is taken by a user who is no administrator; choose another")
	}
	return made, err
}
