package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
)

func TestFault_PostgreSQL_codes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]fault.Code{
		"08006": fault.Unavailable, // connection failure
		"57P01": fault.Unavailable, // shutdown
		"57P02": fault.Unavailable, // another session crashed
		"57P03": fault.Unavailable, // starting up
		"57014": fault.Unavailable, // statement timeout
		"55P03": fault.Unavailable, // lock timeout
		"25P03": fault.Unavailable, // idle in transaction
		"25P04": fault.Unavailable, // transaction timeout
		"40001": fault.Unavailable, // serialization failure
		"40P01": fault.Unavailable, // deadlock
		"53300": fault.Unavailable, // too many connections
		"53100": fault.Unavailable, // disk full
		"25006": fault.Unavailable, // takes no writes: a standby
		"58030": fault.Unavailable, // the server's disk fails
		"42P01": fault.Internal,    // no such table
		"23505": fault.Internal,    // unique, which the repository should have foreseen
		"22003": fault.Internal,    // out of range
	} {
		err := database.Fault(fmt.Errorf("guardar: %w", &pgconn.PgError{Code: code}))
		assert.Equal(t, want, fault.CodeOf(err), code)
		if want == fault.Unavailable {
			assert.GreaterOrEqual(t, fault.From(err).RetryAfter, time.Second, code)
		}
	}
}

func TestFault_PostgreSQL_timeouts(t *testing.T) {
	t.Parallel()
	address := dbtest.Postgres(t)
	db := migrated(t, address)
	require.NoError(t, exec(t.Context(), db, "INSERT INTO cosas VALUES (1, 'una', 0, NULL)"))

	// Each limit is set for one transaction, and not by the URL: on a busy machine a short one would end Open or Migrate as well.
	assert.ErrorIs(t, limited(t, db, "statement_timeout", func(ctx context.Context, tx database.Writer) error {
		_, err := tx.Exec(ctx, "SELECT pg_sleep(60)")
		return err
	}), fault.ErrUnavailable)

	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		_, err := tx.Exec(ctx, "UPDATE cosas SET cantidad = 1")
		assert.ErrorIs(t, limited(t, db, "lock_timeout", func(ctx context.Context, hurried database.Writer) error {
			_, err := hurried.Exec(ctx, "UPDATE cosas SET cantidad = 2")
			return err
		}), fault.ErrUnavailable)
		return err
	}))

	assert.ErrorIs(t, limited(t, db, "idle_in_transaction_session_timeout", func(ctx context.Context, tx database.Writer) error {
		require.Eventually(t, func() bool { // the server has ended the session
			var idle int
			err := db.Read().QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND state LIKE 'idle in tr%'`).Scan(&idle)
			return err == nil && idle == 0
		}, time.Minute, 10*time.Millisecond)
		_, err := tx.Exec(ctx, "SELECT 1")
		return err
	}), fault.ErrUnavailable)
	require.NoError(t, db.Migrate(t.Context(), steps()), "and the next is on another connection")
}

// limited is InTx with one of PostgreSQL's time limits at 50 ms.
func limited(t *testing.T, db *database.DB, limit string, f func(context.Context, database.Writer) error) error {
	t.Helper()
	return db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		_, err := tx.Exec(ctx, "SET LOCAL "+limit+" = 50")
		if limit != "idle_in_transaction_session_timeout" { // there the next statement may be too late already
			require.NoError(t, err)
		}
		return f(ctx, tx)
	})
}

// While a database is restored, it does not exist for a moment.
func TestFault_PostgreSQL_dropped_and_restored(t *testing.T) {
	t.Parallel()
	address := dbtest.Postgres(t)
	db := migrated(t, address)
	u, err := url.Parse(address)
	require.NoError(t, err)
	name := u.Path[1:]
	u.Path = "/postgres"
	admin, err := sql.Open("pgx", u.String())
	require.NoError(t, err)
	defer admin.Close()
	_, err = admin.ExecContext(t.Context(), "DROP DATABASE "+name+" WITH (FORCE)")
	require.NoError(t, err)
	for range 3 {
		require.ErrorIs(t, database.Fault(exec(t.Context(), db, "SELECT 1")), fault.ErrUnavailable)
		require.ErrorIs(t, db.Ready(t.Context()), fault.ErrUnavailable)
	}
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return db.Ready(t.Context()) == nil }, 30*time.Second, 10*time.Millisecond)
}
