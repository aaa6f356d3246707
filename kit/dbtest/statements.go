package dbtest

import (
	"testing"

	"github.com/tienda-go/tienda/kit/database"
)

// Counting are the settings of a cluster that CountStatements needs.
var Counting = []string{"shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track_utility=on"}

// CountStatements returns how often statements that begin or end a transaction, or write, have run, and those that begin as the
// pattern also says. A new connection's own statements and the question itself do not count.
func CountStatements(t testing.TB, db *database.DB, also string) (count func() int) {
	t.Helper()
	_, err := db.Write().Exec(t.Context(), "CREATE EXTENSION pg_stat_statements")
	check(t, err)
	return func() (n int) {
		t.Helper()
		err := db.Read().QueryRow(t.Context(), `SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query ~* $1`,
			`^\s*(begin|commit|rollback|insert|update|with|`+also+`)`).Scan(&n)
		check(t, err)
		return n
	}
}
