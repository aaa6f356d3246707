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

	ID          string       `bun:"id,pk"`
	UsuarioID   int64        `bun:"usuario_id"`
	CreadaEn    time.Time    `bun:"creada_en"`
	ExpiraEn    time.Time    `bun:"expira_en"`
	TerminadaEn *time.Time   `bun:"terminada_en"`
	TokensHasta bun.NullTime `bun:"tokens_hasta"`
	EnBloque    bool         `bun:"en_bloque"`
}

func (s sesion) aDominio() domain.Sesion {
	return domain.Sesion{
		ID: s.ID, UsuarioID: s.UsuarioID, CreadaEn: s.CreadaEn.UTC(), ExpiraEn: s.ExpiraEn.UTC(), TokensHasta: s.TokensHasta.UTC(),
		Terminada: s.TerminadaEn != nil,
	}
}

type refresco struct {
	bun.BaseModel `bun:"table:refrescos,alias:r"`

	Hash     string     `bun:"hash,pk"`
	SesionID string     `bun:"sesion_id"`
	CreadoEn time.Time  `bun:"creado_en"`
	RotadoEn *time.Time `bun:"rotado_en"`
}

// Abrir implements ports.Sesiones. The account stays locked until the session is stored: an earlier change of its password is
// seen, and a later one ends this session too. Logins of one user run one after the other, so that they are counted correctly.
func (a *Almacen) Abrir(ctx context.Context, s domain.Sesion, hash, probada string) (u *domain.Usuario, err error) {
	err = a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
		if u, err = a.bloquear(ctx, tx, s.UsuarioID, a.paraCambiar); err != nil && !errors.Is(err, domain.ErrUsuarioDesconocido) {
			return err
		}
		if err != nil || u.Hash() != probada || !u.Activo() {
			return domain.ErrCuentaCambiada.New("La cuenta ha cambiado mientras tanto.")
		}
		if err := hacerSitio(ctx, tx, u, s.CreadaEn); err != nil {
			return err
		}
		return abrir(ctx, tx, s, hash)
	})
	return u, err
}

// hacerSitio keeps the rows of one user within their limits.
func hacerSitio(ctx context.Context, tx database.Writer, u *domain.Usuario, ahora time.Time) error {
	ahora = instante(ahora)
	_, err := tx.Exec(ctx, `UPDATE sesiones SET terminada_en = $1 WHERE id IN (
		SELECT id FROM sesiones WHERE usuario_id = $2 AND terminada_en IS NULL ORDER BY creada_en DESC, id LIMIT 1000 OFFSET $3)`,
		ahora, u.ID(), domain.MaxSesiones-1)
	if err != nil {
		return err
	}
	var terminadas int
	recientes := "usuario_id = $1 AND terminada_en >= $2 AND NOT en_bloque"
	desde := ahora.Add(-domain.VidaRevocacion)
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM sesiones WHERE "+recientes, u.ID(), desde).Scan(&terminadas); err != nil {
		return err
	}
	if terminadas <= domain.MaxTerminadas {
		return nil
	}
	u.TerminarTokens(ahora)
	if err := escribir(ctx, tx, u); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE sesiones SET en_bloque = TRUE WHERE "+recientes, u.ID(), desde)
	return err
}

func abrir(ctx context.Context, tx database.Writer, s domain.Sesion, hash string) error {
	row := sesion{
		ID: s.ID, UsuarioID: s.UsuarioID, CreadaEn: instante(s.CreadaEn), ExpiraEn: instante(s.ExpiraEn),
		TokensHasta: bun.NullTime{Time: instante(s.TokensHasta)},
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewInsert().Model(&refresco{Hash: hash, SesionID: s.ID, CreadoEn: instante(s.CreadaEn)}).Exec(ctx)
	return err
}

// Rotar implements ports.Sesiones. When several requests come at the same time, the conditional UPDATE succeeds for one. The
// decision about the others must be committed too, so it is not returned as the transaction's error.
func (a *Almacen) Rotar(
	ctx context.Context, hash, nuevo string, ahora, tokensHasta time.Time,
) (domain.Sesion, *domain.Usuario, error) {
	ahora = instante(ahora)
	var s domain.Sesion
	var u *domain.Usuario
	var decided error
	err := a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
		decided = nil
		var id string
		first := true
		err = tx.QueryRow(ctx, "UPDATE refrescos SET rotado_en = $1 WHERE hash = $2 AND rotado_en IS NULL RETURNING sesion_id",
			ahora, hash).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			first = false
			if id, decided, err = usado(ctx, tx, hash, nuevo, ahora); err != nil || decided != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if s, err = leerSesion(ctx, tx.Reader, id); err != nil {
			return err
		}
		if !s.Viva(ahora) {
			return domain.SesionTerminada()
		}
		if u, err = a.bloquear(ctx, tx, s.UsuarioID, a.paraLeer); err != nil {
			return err
		}
		if err := contarRefresco(ctx, tx, id, ahora, tokensHasta); err != nil || !first {
			return err
		}
		if _, err := tx.NewInsert().Model(&refresco{Hash: nuevo, SesionID: id, CreadoEn: ahora}).Exec(ctx); err != nil {
			return err
		}
		// The token before this one is removed: the last two tokens are enough to distinguish an accident from a theft.
		_, err = tx.Exec(ctx, "DELETE FROM refrescos WHERE sesion_id = $1 AND rotado_en < $2 AND hash <> $3",
			id, ahora.Add(-domain.GraciaRefresco), hash)
		return err
	})
	return s, u, errors.Join(err, decided)
}

// usado decides about a token that is unknown or was used before. Without an error, the answer is its successor again.
func usado(ctx context.Context, tx database.Writer, hash, nuevo string, ahora time.Time) (sesionID string, decided, err error) {
	var row refresco
	err = tx.NewSelect().Model(&row).Where("hash = ?", hash).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && row.RotadoEn == nil) {
		return "", domain.SesionTerminada(), nil
	}
	if err != nil {
		return "", nil, err
	}
	if domain.Robado(*row.RotadoEn, ahora) {
		_, err = tx.NewUpdate().Model((*sesion)(nil)).Set("terminada_en = ?", ahora).
			Where("id = ? AND terminada_en IS NULL", row.SesionID).Exec(ctx)
		return "", domain.SesionTerminada(), err
	}
	known, err := tx.NewSelect().Model((*refresco)(nil)).Where("hash = ? AND sesion_id = ?", nuevo, row.SesionID).Exists(ctx)
	if err == nil && !known { // its successor was made under another SECRET_KEY
		decided = domain.SesionTerminada()
	}
	return row.SesionID, decided, err
}

// contarRefresco counts a refresh in its minute, or refuses it, and stores when the last token of the session expires.
func contarRefresco(ctx context.Context, tx database.Writer, id string, ahora, tokensHasta time.Time) error {
	hace := ahora.Add(-time.Minute)
	var n int
	var desde time.Time
	err := tx.QueryRow(ctx, `UPDATE sesiones SET tokens_hasta = $1,
		minuto_refrescos = CASE WHEN minuto_desde > $2 THEN minuto_refrescos + 1 ELSE 1 END,
		minuto_desde = CASE WHEN minuto_desde > $2 THEN minuto_desde ELSE $3 END
		WHERE id = $4 RETURNING minuto_refrescos, minuto_desde`, instante(tokensHasta), hace, ahora, id).Scan(&n, &desde)
	if err != nil {
		return err
	}
	if n > domain.MaxRefrescosPorMinuto {
		return domain.DemasiadosRefrescos(desde.Sub(hace))
	}
	return nil
}

// Terminar implements ports.Sesiones.
func (a *Almacen) Terminar(ctx context.Context, hash string, ahora time.Time) error {
	_, err := a.db.Write().NewUpdate().Model((*sesion)(nil)).Set("terminada_en = ?", instante(ahora)).
		Where("id = (SELECT sesion_id FROM refrescos WHERE hash = ?) AND terminada_en IS NULL", hash).Exec(ctx)
	return database.Fault(err)
}

// OlvidarSesiones implements ports.Sesiones.
func (a *Almacen) OlvidarSesiones(ctx context.Context, antes time.Time) (total int64, err error) {
	for _, cuales := range []string{"terminada_en < ?", "terminada_en IS NULL AND expira_en < ?"} {
		n, err := database.RemoveAll(ctx, func(ctx context.Context, limite int) (int64, error) {
			return a.olvidarSesiones(ctx, cuales, instante(antes), limite)
		})
		if total += n; err != nil {
			return total, err
		}
	}
	return total, nil
}

// olvidarSesiones removes at most limite sessions, with their refresh tokens.
func (a *Almacen) olvidarSesiones(ctx context.Context, cuales string, antes time.Time, limite int) (int64, error) {
	var ids []string
	err := a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		ids = nil // InTx may run this again
		err := tx.NewSelect().Model((*sesion)(nil)).Column("id").Where(cuales, antes).Limit(int64(limite)).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return err
		}
		if _, err := tx.NewDelete().Model((*refresco)(nil)).Where("sesion_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
		_, err = tx.NewDelete().Model((*sesion)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
	return int64(len(ids)), err
}
