package bunstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
)

// contarSQL stops counting at the limits, so that many rows do not make it slow.
const contarSQL = `SELECT
	(SELECT count(*) FROM (SELECT 1 FROM intentos WHERE ambito = $1 AND en > $4 LIMIT $5) a),
	(SELECT count(*) FROM (SELECT 1 FROM intentos WHERE red = $2 AND en > $4 LIMIT $6) b),
	(SELECT count(*) FROM (SELECT 1 FROM intentos WHERE cuenta = $3 AND en > $4 LIMIT $7) c),
	EXISTS (SELECT 1 FROM conocidas WHERE cuenta = $3 AND red = $2)`

// Permitir implements ports.Intentos.
func (a *Almacen) Permitir(ctx context.Context, de domain.Ambitos, ahora time.Time) (conocida bool, err error) {
	conocida, err = permitir(ctx, a.db.Read(), de, instante(ahora))
	return conocida, database.Fault(err)
}

func permitir(ctx context.Context, q database.Reader, de domain.Ambitos, ahora time.Time) (conocida bool, err error) {
	desde := ahora.Add(-domain.VentanaIntentos)
	var c domain.Cuentas
	err = q.QueryRow(ctx, contarSQL, de.CuentaYRed, de.Red, de.Cuenta, desde,
		domain.MaxIntentos, domain.MaxIntentosRed, domain.MaxIntentosCuenta).Scan(&c.CuentaYRed, &c.Red, &c.Cuenta, &c.Conocida)
	if err != nil {
		return false, err
	}
	columna, ambito, limite := de.Agotado(c)
	if columna == "" {
		return c.Conocida, nil
	}
	var libre time.Time // when the oldest counted guess no longer counts
	err = q.NewSelect().Table("intentos").Column("en").Where("? = ? AND en > ?", bun.Ident(columna), ambito, desde).
		OrderExpr("en DESC").Limit(1).Offset(int64(limite)-1).Scan(ctx, &libre)
	if err != nil {
		return false, err
	}
	return false, domain.DemasiadosIntentos(libre.Sub(desde))
}

// esperarTurno locks a text until the transaction ends.
const esperarTurno = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

// Reservar implements ports.Intentos. Guesses that share an account or an address are counted one after the other; their locks
// are taken in order, so that no two requests wait for each other.
func (a *Almacen) Reservar(ctx context.Context, de domain.Ambitos, ahora time.Time) (intento int64, err error) {
	ahora = instante(ahora)
	err = a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		ambitos := []string{de.CuentaYRed, de.Cuenta, de.Red}
		slices.Sort(ambitos)
		for _, ambito := range ambitos {
			if err := a.excluir(ctx, tx, esperarTurno, ambito); err != nil {
				return err
			}
		}
		if _, err := permitir(ctx, tx.Reader, de, ahora); err != nil {
			return err
		}
		return tx.QueryRow(ctx, "INSERT INTO intentos (ambito, cuenta, red, en) VALUES ($1, $2, $3, $4) RETURNING id",
			de.CuentaYRed, de.Cuenta, de.Red, ahora).Scan(&intento)
	})
	return intento, err
}

// Acertar implements ports.Intentos.
func (a *Almacen) Acertar(ctx context.Context, intento int64, de domain.Ambitos, ahora time.Time) error {
	return a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		if _, err := tx.Exec(ctx, "DELETE FROM intentos WHERE id = $1", intento); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO conocidas (cuenta, red, visto_en) VALUES ($1, $2, $3)
			ON CONFLICT (cuenta, red) DO UPDATE SET visto_en = excluded.visto_en`, de.Cuenta, de.Red, instante(ahora))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM conocidas WHERE cuenta = $1 AND red IN (
			SELECT red FROM conocidas WHERE cuenta = $1 ORDER BY visto_en DESC, red LIMIT 1000 OFFSET $2)`, de.Cuenta, domain.MaxConocidas)
		return err
	})
}

// Perdonar implements ports.Intentos.
func (a *Almacen) Perdonar(ctx context.Context, de domain.Ambitos) error {
	_, err := a.db.Removed(ctx, "DELETE FROM intentos WHERE cuenta = $1", de.Cuenta)
	return err
}

// Olvidar implements ports.Intentos.
func (a *Almacen) Olvidar(ctx context.Context, ahora time.Time) error {
	if _, err := a.db.Removed(ctx, "DELETE FROM intentos WHERE en <= $1", instante(ahora.Add(-domain.VentanaIntentos))); err != nil {
		return err
	}
	_, err := a.db.Removed(ctx, "DELETE FROM conocidas WHERE visto_en <= $1", instante(ahora.Add(-domain.VidaConocida)))
	return err
}
