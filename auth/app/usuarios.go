package app

import (
	"context"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// CambiarUsuario is a change that an administrator makes to an account; a nil field stays unchanged.
type CambiarUsuario struct {
	ID     int64
	Rol    *domain.Rol
	Activo *bool
}

// CambiarUsuario sets a role, or opens or closes an account. fault.ErrInvalid, domain.ErrUsuarioDesconocido,
// domain.ErrUltimoAdmin, fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
func (s *Servicio) CambiarUsuario(ctx context.Context, quien domain.Solicitante, c CambiarUsuario) (*domain.Usuario, error) {
	u, err := s.d.Administradores.Gestionar(ctx, quien, s.d.Reloj(), c.ID, func(u *domain.Usuario) error {
		if c.Rol != nil {
			if err := u.CambiarRol(*c.Rol, s.d.Reloj()); err != nil {
				return err
			}
		}
		if c.Activo != nil {
			u.Activar(*c.Activo, s.d.Reloj())
		}
		return nil
	})
	return s.cambiado(ctx, u, err)
}

// ObtenerUsuario reads an account, open or closed. domain.ErrUsuarioDesconocido, fault.ErrUnauthenticated, fault.ErrForbidden,
// fault.ErrUnavailable.
func (s *Servicio) ObtenerUsuario(ctx context.Context, quien domain.Solicitante, id int64) (*domain.Usuario, error) {
	if err := s.Comprobar(ctx, quien, domain.AlcanceUsuariosLeer); err != nil {
		return nil, err
	}
	return s.d.Usuarios.Obtener(ctx, id)
}

// ListarUsuarios reads accounts by id ascending. fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
func (s *Servicio) ListarUsuarios(ctx context.Context, quien domain.Solicitante, f ports.Filtro) ([]*domain.Usuario, error) {
	if err := s.Comprobar(ctx, quien, domain.AlcanceUsuariosLeer); err != nil {
		return nil, err
	}
	return s.d.Administradores.Listar(ctx, f)
}

// Comprobar checks that the caller's account may use the scope now. fault.ErrUnauthenticated, fault.ErrForbidden,
// fault.ErrUnavailable.
func (s *Servicio) Comprobar(ctx context.Context, quien domain.Solicitante, alcance string) error {
	_, err := s.d.Actores.Comprobar(ctx, quien, alcance, s.d.Reloj())
	return err
}
