package bunstore

import (
	"context"

	"github.com/tienda-go/tienda/kit/database"
)

// motor has the locks of PostgreSQL. SQLite needs none: a transaction excludes all other writers (BEGIN IMMEDIATE).
type motor struct {
	// paraCambiar and paraLeer lock the rows of a SELECT until the transaction ends. Only paraCambiar excludes other readers with
	// a lock.
	paraCambiar, paraLeer string

	// excluir runs a statement that makes other transactions wait.
	excluir func(ctx context.Context, tx database.Writer, bloqueo string, args ...any) error
}

func motorDe(db *database.DB) motor {
	if db.Engine() == database.Postgres {
		return motor{paraCambiar: " FOR UPDATE", paraLeer: " FOR SHARE", excluir: excluirPostgres}
	}
	return motor{excluir: func(context.Context, database.Writer, string, ...any) error { return nil }}
}

func excluirPostgres(ctx context.Context, tx database.Writer, bloqueo string, args ...any) error {
	_, err := tx.Exec(ctx, bloqueo, args...)
	return err
}
