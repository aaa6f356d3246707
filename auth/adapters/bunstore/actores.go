package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
)

// Comprobar implements ports.Actores.
func (a *Almacen) Comprobar(
	ctx context.Context, quien domain.Solicitante, alcance string, ahora time.Time,
) (*domain.Usuario, error) {
	u, err := a.Obtener(ctx, quien.UsuarioID)
	u, err = juzgar(ctx, a.db.Read(), u, err, quien, alcance, ahora)
	return u, database.Fault(err)
}

// comprobar is Comprobar in a transaction. It locks first the caller's account and then its session, like every change of an
// account, so that neither can end before the transaction ends.
func (a *Almacen) comprobar(
	ctx context.Context, tx database.Writer, quien domain.Solicitante, alcance string, ahora time.Time,
) (*domain.Usuario, error) {
	u, err := a.bloquear(ctx, tx, quien.UsuarioID, a.paraCambiar)
	if err == nil {
		err = a.excluir(ctx, tx, "SELECT 1 FROM sesiones WHERE id = $1 FOR SHARE", quien.Sesion)
	}
	return juzgar(ctx, tx.Reader, u, err, quien, alcance, ahora)
}

// juzgar checks a caller, given the account u or the error of reading it.
func juzgar(
	ctx context.Context, q database.Reader, u *domain.Usuario, err error, quien domain.Solicitante, alcance string, ahora time.Time,
) (*domain.Usuario, error) {
	if errors.Is(err, domain.ErrUsuarioDesconocido) {
		return nil, quien.SinCuenta()
	}
	if err != nil {
		return nil, err
	}
	s, err := leerSesion(ctx, q, quien.Sesion)
	if err != nil {
		return nil, err
	}
	return u, quien.Comprobar(u, s, alcance, ahora)
}

// ActualizarPropio implements ports.Actores.
func (a *Almacen) ActualizarPropio(
	ctx context.Context, quien domain.Solicitante, ahora time.Time, change func(*domain.Usuario) error,
) (*domain.Usuario, error) {
	return a.propio(ctx, quien, ahora, change, func(context.Context, database.Writer) error { return nil })
}

// Renovar implements ports.Actores.
func (a *Almacen) Renovar(
	ctx context.Context, quien domain.Solicitante, s domain.Sesion, hash string, change func(*domain.Usuario) error,
) (*domain.Usuario, error) {
	return a.propio(ctx, quien, s.CreadaEn, change,
		func(ctx context.Context, tx database.Writer) error { return abrir(ctx, tx, s, hash) })
}

func (a *Almacen) propio(
	ctx context.Context, quien domain.Solicitante, ahora time.Time, change func(*domain.Usuario) error,
	after func(context.Context, database.Writer) error,
) (u *domain.Usuario, err error) {
	err = a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
		if u, err = a.comprobar(ctx, tx, quien, domain.AlcancePerfil, ahora); err != nil {
			return err
		}
		u.Atribuir(quien)
		if err := cambiar(ctx, tx, u, change); err != nil {
			return err
		}
		return after(ctx, tx)
	})
	return u, fallo(err)
}

// leerSesion returns the zero session for an unknown id.
func leerSesion(ctx context.Context, q database.Reader, id string) (domain.Sesion, error) {
	var row sesion
	err := q.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return row.aDominio(), err
}
