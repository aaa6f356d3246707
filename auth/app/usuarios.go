package app

import (
	"context"

	"github.com/tienda-go/tienda/auth/domain"
)

// CambiarUsuario is what an administrator changes of an account; nil stays as it is.
type CambiarUsuario struct {
	ID     int64
	Rol    *domain.Rol
	Activo *bool
}

// CambiarUsuario sets a role, or opens or closes an account. fault.ErrInvalid, domain.ErrUsuarioDesconocido,
// domain.ErrUltimoAdmin, fault.ErrUnavailable.
func (s *Servicio) CambiarUsuario(ctx context.Context, c CambiarUsuario) (*domain.Usuario, error) {
	return s.d.Administradores.Gestionar(ctx, c.ID, func(u *domain.Usuario) error {
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
}

// ObtenerUsuario reads an account, open or closed. domain.ErrUsuarioDesconocido, fault.ErrUnavailable.
func (s *Servicio) ObtenerUsuario(ctx context.Context, id int64) (*domain.Usuario, error) {
	return s.d.Usuarios.Obtener(ctx, id)
}

// ListarUsuarios reads accounts by id ascending. fault.ErrUnavailable.
func (s *Servicio) ListarUsuarios(ctx context.Context, despuesDe int64, limite int) ([]*domain.Usuario, error) {
	return s.d.Administradores.Listar(ctx, despuesDe, limite)
}
