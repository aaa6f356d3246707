package bunstore

import (
	"context"

	"github.com/tienda-go/tienda/kit/database"
)

// motor has the statements in which PostgreSQL and SQLite differ. Each repository chooses its own once, when it is made.
type motor struct {
	// paraCambiar locks the rows of a SELECT until the transaction ends, and turno waits for the other new orders of a customer.
	// SQLite needs neither: a transaction excludes all other writers (BEGIN IMMEDIATE).
	paraCambiar string
	turno       func(ctx context.Context, tx database.Writer, usuarioID int64) error

	// unViaje: the limits are part of the statement that stores the order.
	unViaje bool
}

func motorDe(db *database.DB) motor {
	if db.Engine() == database.Postgres {
		return motor{paraCambiar: " FOR UPDATE", turno: turnoPostgres, unViaje: true}
	}
	return motor{turno: func(context.Context, database.Writer, int64) error { return nil }}
}

// turnoPostgres is a statement of its own: a statement that waits for a lock does not see what was committed meanwhile.
func turnoPostgres(ctx context.Context, tx database.Writer, usuarioID int64) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, usuarioID)
	return err
}
