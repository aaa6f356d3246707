package bunstore

import "github.com/tienda-go/tienda/kit/database"

// motor has the statements in which PostgreSQL and SQLite differ.
type motor struct {
	// paraCambiar locks the rows of a SELECT until the transaction ends, and bloqueoTabla excludes all other writers.
	// SQLite needs neither: a transaction excludes all other writers (BEGIN IMMEDIATE).
	paraCambiar, bloqueoTabla string
}

func motorDe(db *database.DB) motor {
	if db.Engine() == database.Postgres {
		return motor{paraCambiar: " FOR UPDATE", bloqueoTabla: "LOCK TABLE productos IN SHARE ROW EXCLUSIVE MODE"}
	}
	return motor{}
}
