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

	assert.ErrorIs(t, database.Fault(exec(t.Context(), open(t, address+"&statement_timeout=50ms"), "SELECT pg_sleep(5)")), fault.ErrUnavailable)

	hurried := open(t, address+"&lock_timeout=50ms")
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		_, err := tx.Exec(ctx, "UPDATE cosas SET cantidad = 1")
		assert.ErrorIs(t, database.Fault(exec(ctx, hurried, "UPDATE cosas SET cantidad = 2")), fault.ErrUnavailable)
		return err
	}))

	idle := open(t, address+"&idle_in_transaction_session_timeout=50ms")
	assert.ErrorIs(t, idle.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		time.Sleep(500 * time.Millisecond)
		_, err := tx.Exec(ctx, "SELECT 1")
		return err
	}), fault.ErrUnavailable)
	require.NoError(t, idle.Migrate(t.Context(), steps()), "and the next is on another connection")
}

// A database that is being restored is not there for a while.
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
	require.Eventually(t, func() bool { return db.Ready(t.Context()) == nil }, 5*time.Second, 10*time.Millisecond)
}
