package bunstore

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// HayAdmin implements ports.Administradores.
func (a *Almacen) HayAdmin(ctx context.Context) (bool, error) {
	exists, err := hayAdmin(ctx, a.db.Read())
	return exists, database.Fault(err)
}

func hayAdmin(ctx context.Context, q database.Reader) (bool, error) {
	return q.NewSelect().Model((*usuario)(nil)).Where("rol = ?", domain.RolAdmin).Exists(ctx)
}

// CrearPrimero implements ports.Administradores.
func (a *Almacen) CrearPrimero(ctx context.Context, u *domain.Usuario) (bool, error) {
	var exists bool
	var id int64
	err := a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
		if err := a.excluir(ctx, tx, bloquearUsuarios); err != nil {
			return err
		}
		if exists, err = hayAdmin(ctx, tx.Reader); err != nil || exists {
			return err
		}
		id, err = insertar(ctx, tx, u)
		return err
	})
	if err != nil || exists {
		return false, fallo(err)
	}
	u.AsignarID(id)
	return true, nil
}

// bloquearAdmins makes changes of administrators run one after the other, and counts the active ones except salvo.
func (a *Almacen) bloquearAdmins(ctx context.Context, tx database.Writer, salvo int64) (otros int64, err error) {
	err = a.excluir(ctx, tx, "SELECT 1 FROM usuarios WHERE rol = $1 AND activo ORDER BY id FOR UPDATE", string(domain.RolAdmin))
	if err != nil {
		return 0, err
	}
	return tx.NewSelect().Model((*usuario)(nil)).Where("rol = ? AND activo AND id <> ?", domain.RolAdmin, salvo).Count(ctx)
}

// Gestionar implements ports.Administradores. Changes run one after the other (bloquearAdmins), and the locks are taken before
// the accounts are read, so that all accounts are current, also the caller's.
func (a *Almacen) Gestionar(
	ctx context.Context, quien domain.Solicitante, ahora time.Time, id int64, change func(*domain.Usuario) error,
) (*domain.Usuario, error) {
	var u *domain.Usuario
	err := a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		otros, err := a.bloquearAdmins(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := a.comprobar(ctx, tx, quien, domain.AlcanceUsuariosGestionar, ahora); err != nil {
			return err
		}
		if u, err = a.bloquear(ctx, tx, id, a.paraCambiar); err != nil {
			return err
		}
		u.Atribuir(quien)
		admin := u.AdminActivo()
		return cambiar(ctx, tx, u, func(u *domain.Usuario) error {
			err := change(u)
			if err == nil && admin && !u.AdminActivo() && otros == 0 {
				return domain.ErrUltimoAdmin.New("Haga administrador a otro usuario antes de quitarle el permiso al último.")
			}
			return err
		})
	})
	return u, fallo(err)
}

// Listar implements ports.Administradores.
func (a *Almacen) Listar(ctx context.Context, f ports.Filtro) ([]*domain.Usuario, error) {
	var filas []usuario
	q := a.db.Read().NewSelect().Model(&filas).Where("id > ?", f.DespuesDe).OrderExpr("id").Limit(int64(f.Limite))
	if f.Nombre != "" {
		q = q.Where("nombre = ?", f.Nombre)
	}
	if f.Email != (domain.Identificador{}) {
		q = q.Where("(email = ? OR email_clave = ?)", f.Email.DeAntes, f.Email.Clave)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	return database.Values(filas, (*usuario).aDominio)
}
