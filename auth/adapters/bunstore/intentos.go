package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
)

// Reservar implements ports.Intentos. Guesses of the same account and address come one after the other: behind a lock on
// PostgreSQL, on SQLite every transaction is alone.
func (a *Almacen) Reservar(ctx context.Context, ambito string, ahora time.Time) (intento int64, err error) {
	ahora = instante(ahora)
	desde := ahora.Add(-domain.VentanaIntentos)
	err = a.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if a.db.Engine() == database.Postgres {
			if _, err := tx.Tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", ambito); err != nil {
				return err
			}
		}
		var recientes []time.Time
		err := tx.NewSelect().Table("intentos").Column("en").Where("ambito = ? AND en > ?", ambito, desde).
			OrderExpr("en DESC").Limit(domain.MaxIntentos).Scan(ctx, &recientes)
		if err != nil {
			return err
		}
		if len(recientes) == domain.MaxIntentos {
			return domain.DemasiadosIntentos(recientes[len(recientes)-1].Sub(desde))
		}
		return tx.Tx.QueryRowContext(ctx, "INSERT INTO intentos (ambito, en) VALUES ($1, $2) RETURNING id", ambito, ahora).Scan(&intento)
	})
	return intento, err
}

// Retirar implements ports.Intentos.
func (a *Almacen) Retirar(ctx context.Context, intento int64) error {
	_, err := a.db.Writer().ExecContext(ctx, "DELETE FROM intentos WHERE id = $1", intento)
	return database.Fault(err)
}

// Olvidar implements ports.Intentos.
func (a *Almacen) Olvidar(ctx context.Context, ahora time.Time) error {
	_, err := a.db.Writer().ExecContext(ctx, "DELETE FROM intentos WHERE en <= $1", instante(ahora.Add(-domain.VentanaIntentos)))
	return database.Fault(err)
}
