package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// HayAdmin implements ports.Administradores.
func (a *Almacen) HayAdmin(ctx context.Context) (bool, error) {
	exists, err := a.db.Read().NewSelect().Model((*usuario)(nil)).Where("rol = ?", domain.RolAdmin).Exists(ctx)
	return exists, database.Fault(err)
}

// errYaHay rolls back when there is already an administrator.
var errYaHay = errors.New("bunstore: there is an administrator")

// CrearPrimero implements ports.Administradores.
func (a *Almacen) CrearPrimero(ctx context.Context, u *domain.Usuario) (bool, error) {
	f := aFila(u)
	err := a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		if a.db.Engine() == database.Postgres {
			// SQLite's transactions exclude each other from their beginning.
			if _, err := tx.Exec(ctx, "LOCK TABLE usuarios IN SHARE ROW EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		exists, err := tx.NewSelect().Model((*usuario)(nil)).Where("rol = ?", domain.RolAdmin).Exists(ctx)
		if err != nil {
			return err
		}
		if exists {
			return errYaHay
		}
		_, err = tx.NewInsert().Model(&f).Exec(ctx)
		return err
	})
	if errors.Is(err, errYaHay) {
		return false, nil
	}
	if err != nil {
		return false, fallo(err)
	}
	u.AsignarID(f.ID)
	return true, nil
}

// bloquearAdmins makes changes of administrators run one after the other, and counts the active ones. SQLite runs one writing
// transaction at a time anyway.
func (a *Almacen) bloquearAdmins(ctx context.Context, tx database.Writer, salvo int64) (otros int, err error) {
	q := tx.NewSelect().Model((*usuario)(nil)).Column("id").Where("rol = ? AND activo", domain.RolAdmin).OrderExpr("id")
	if a.db.Engine() == database.Postgres {
		q = q.For("UPDATE")
	}
	var ids []int64
	if err := q.Scan(ctx, &ids); err != nil {
		return 0, err
	}
	for _, id := range ids {
		if id != salvo {
			otros++
		}
	}
	return otros, nil
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
		if u, err = a.bloquear(ctx, tx, id); err != nil {
			return err
		}
		u.Atribuir(quien)
		read, admin := u.Version(), u.AdminActivo()
		if err := change(u); err != nil || !u.Cambiado() {
			return err
		}
		if admin && !u.AdminActivo() && otros == 0 {
			return domain.ErrUltimoAdmin.New("Haga administrador a otro usuario antes de quitarle el permiso al último.")
		}
		_, err = escribir(ctx, tx, u, read)
		return err
	})
	if err != nil {
		return nil, fallo(err)
	}
	return u, nil
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
	usuarios := make([]*domain.Usuario, len(filas))
	for i, f := range filas {
		var err error
		if usuarios[i], err = f.aDominio(); err != nil {
			return nil, err
		}
	}
	return usuarios, nil
}
