package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
)

type sesion struct {
	bun.BaseModel `bun:"table:sesiones,alias:s"`

	ID          string     `bun:"id,pk"`
	UsuarioID   int64      `bun:"usuario_id"`
	CreadaEn    time.Time  `bun:"creada_en"`
	ExpiraEn    time.Time  `bun:"expira_en"`
	TerminadaEn *time.Time `bun:"terminada_en"`
}

func (s sesion) aDominio() domain.Sesion {
	return domain.Sesion{
		ID: s.ID, UsuarioID: s.UsuarioID, CreadaEn: s.CreadaEn.UTC(), ExpiraEn: s.ExpiraEn.UTC(), Terminada: s.TerminadaEn != nil,
	}
}

type refresco struct {
	bun.BaseModel `bun:"table:refrescos,alias:r"`

	Hash     string     `bun:"hash,pk"`
	SesionID string     `bun:"sesion_id"`
	CreadoEn time.Time  `bun:"creado_en"`
	RotadoEn *time.Time `bun:"rotado_en"`
}

// retener reads an account and keeps it from changing until the transaction ends. SQLite's transactions exclude each other from
// their beginning.
func (a *Almacen) retener(ctx context.Context, tx bun.Tx, id int64) (*domain.Usuario, error) {
	query := leerSQL + "id = $1"
	if a.db.Engine() == database.Postgres {
		query += " FOR SHARE"
	}
	return a.leerEn(ctx, tx.Tx, query, id)
}

// Abrir implements ports.Sesiones. The account stays locked until the session is there, so that a change of its password comes
// before, and is seen, or after, and ends this session too.
func (a *Almacen) Abrir(ctx context.Context, s domain.Sesion, hash, probada string) (u *domain.Usuario, err error) {
	err = a.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if u, err = a.retener(ctx, tx, s.UsuarioID); err != nil && !errors.Is(err, domain.ErrUsuarioDesconocido) {
			return err
		}
		if err != nil || u.Hash() != probada || !u.Activo() {
			return domain.ErrCuentaCambiada.New("La cuenta ha cambiado mientras tanto.")
		}
		return abrir(ctx, tx, s, hash)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

func abrir(ctx context.Context, tx bun.Tx, s domain.Sesion, hash string) error {
	row := sesion{ID: s.ID, UsuarioID: s.UsuarioID, CreadaEn: instante(s.CreadaEn), ExpiraEn: instante(s.ExpiraEn)}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewInsert().Model(&refresco{Hash: hash, SesionID: s.ID, CreadoEn: instante(s.CreadaEn)}).Exec(ctx)
	return err
}

// Rotar implements ports.Sesiones. The conditional UPDATE lets one of several at once through; what is decided about the
// others is committed too, so it is not returned as the transaction's error.
func (a *Almacen) Rotar(ctx context.Context, hash, nuevo string, ahora time.Time) (domain.Sesion, *domain.Usuario, error) {
	ahora = instante(ahora)
	var s domain.Sesion
	var u *domain.Usuario
	var decided error
	err := a.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		decided = nil
		var sesionID string
		err = tx.Tx.QueryRowContext(ctx, "UPDATE refrescos SET rotado_en = $1 WHERE hash = $2 AND rotado_en IS NULL RETURNING sesion_id",
			ahora, hash).Scan(&sesionID)
		if errors.Is(err, sql.ErrNoRows) {
			decided, err = reutilizado(ctx, tx, hash, ahora)
			return err
		}
		if err != nil {
			return err
		}
		if s, err = leerSesion(ctx, tx, sesionID); err != nil {
			return err
		}
		if !s.Viva(ahora) {
			return domain.SesionTerminada()
		}
		if u, err = a.retener(ctx, tx, s.UsuarioID); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&refresco{Hash: nuevo, SesionID: s.ID, CreadoEn: ahora}).Exec(ctx)
		return err
	})
	if err := errors.Join(err, decided); err != nil {
		return domain.Sesion{}, nil, err
	}
	return s, u, nil
}

// reutilizado judges a token that is not there to be rotated: unknown, or used before.
func reutilizado(ctx context.Context, tx bun.Tx, hash string, ahora time.Time) (decided, err error) {
	var row refresco
	err = tx.NewSelect().Model(&row).Where("hash = ?", hash).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && row.RotadoEn == nil) {
		return domain.SesionTerminada(), nil
	}
	if err != nil {
		return nil, err
	}
	s, err := leerSesion(ctx, tx, row.SesionID)
	if err != nil {
		return nil, err
	}
	if !s.Viva(ahora) {
		return domain.SesionTerminada(), nil
	}
	end, decided := domain.Refresco{Hash: hash, SesionID: row.SesionID, RotadoEn: row.RotadoEn.UTC()}.Reutilizado(ahora)
	if !end {
		return decided, nil
	}
	_, err = tx.NewUpdate().Model((*sesion)(nil)).Set("terminada_en = ?", ahora).Where("id = ? AND terminada_en IS NULL", row.SesionID).Exec(ctx)
	return decided, err
}

// Terminar implements ports.Sesiones.
func (a *Almacen) Terminar(ctx context.Context, hash string, ahora time.Time) error {
	_, err := a.db.NewUpdate().Conn(a.db.Writer()).Model((*sesion)(nil)).Set("terminada_en = ?", instante(ahora)).
		Where("id = (SELECT sesion_id FROM refrescos WHERE hash = ?) AND terminada_en IS NULL", hash).Exec(ctx)
	return database.Fault(err)
}
