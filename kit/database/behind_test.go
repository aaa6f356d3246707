package database_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
)

// guardar stores a thing behind a lock, and returns how many there were before.
func guardar(ctx context.Context, w database.Writer, id, cantidad int) (antes int, err error) {
	err = w.Behind(ctx, 7, `WITH antes AS (SELECT count(*) AS n FROM cosas),
		nueva AS (INSERT INTO cosas (id, nombre, cantidad) VALUES ($1, 'a', $2)) SELECT n FROM antes`, []any{id, cantidad},
		func(scan func(...any) error) error { return scan(&antes) })
	return antes, err
}

func TestWriter_Behind(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]database.Options{"prepared": {}, "unprepared": {Unprepared: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := database.Open(t.Context(), dbtest.Postgres(t), options)
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, db.Close()) })
			require.NoError(t, exec(t.Context(), db,
				"CREATE TABLE cosas (id int PRIMARY KEY, nombre text, cantidad int CHECK (cantidad > 0))"))

			// The statement reads what other transactions have committed while it waited for the lock.
			done := make(chan int, 1)
			require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
				_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", 7)
				require.NoError(t, err)
				go func() {
					antes, err := guardar(t.Context(), db.Write(), 2, 1)
					assert.NoError(t, err)
					done <- antes
				}()
				require.Eventually(t, func() bool {
					var waiting int
					err := db.Read().QueryRow(ctx, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
						AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&waiting)
					return assert.NoError(t, err) && waiting == 1
				}, time.Minute, time.Millisecond)
				_, err = tx.Exec(ctx, "INSERT INTO cosas VALUES (1, 'a', 1)")
				return err
			}))
			assert.Equal(t, 1, <-done)

			for range 20 { // more calls than connections: each connection goes back to the pool, without the lock
				_, err := guardar(t.Context(), db.Write(), 3, 0)
				_, kind, violated := database.Violation(err)
				require.True(t, violated, err)
				assert.Equal(t, database.Check, kind)
			}
			antes, err := guardar(t.Context(), db.Write(), 3, 1)
			require.NoError(t, err)
			assert.Equal(t, 2, antes)

			require.Error(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
				_, err := guardar(ctx, tx, 4, 1)
				return err
			}), "in a transaction")
		})
	}
}
