package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
)

// TestPostgres_read_only_and_back: while the server takes no writes, writes are unavailable and the service is not ready;
// seconds after the server takes writes again both work, also on connections that were opened meanwhile.
func TestPostgres_read_only_and_back(t *testing.T) {
	t.Parallel()
	for _, attrs := range []string{"", "&target_session_attrs=any"} {
		address := dbtest.Postgres(t)
		migrated(t, address)
		u, err := url.Parse(address)
		require.NoError(t, err)
		name := u.Path[1:]
		admin, err := sql.Open("pgx", strings.Replace(address, "/"+name, "/postgres", 1))
		require.NoError(t, err)
		defer admin.Close()
		db := migrated(t, address+attrs)
		write := func() error {
			return db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
				_, err := tx.Exec(ctx, "UPDATE cosas SET cantidad = cantidad + 1")
				return err
			})
		}
		require.NoError(t, write())
		for _, state := range []string{"on", "off", "on", "off"} {
			_, err = admin.ExecContext(t.Context(), "ALTER DATABASE "+name+" SET default_transaction_read_only = "+state)
			require.NoError(t, err)
			if state == "on" { // open sessions keep their setting
				_, err = admin.ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
				require.NoError(t, err)
				for range 3 {
					require.ErrorIs(t, write(), fault.ErrUnavailable)
					require.ErrorIs(t, database.Fault(exec(t.Context(), db, "UPDATE cosas SET cantidad = 1")), fault.ErrUnavailable)
					if attrs == "" { // without attrs, only a refused write closes its connection
						require.ErrorIs(t, db.Ready(t.Context()), fault.ErrUnavailable)
					}
				}
				continue
			}
			require.NoError(t, write(), "the first write after it goes through: no connection of the time before is left")
			require.NoError(t, db.Ready(t.Context()))
		}
	}
}

func TestSQLite_file_removed_or_replaced(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(t *testing.T, path string){
		"removed": func(t *testing.T, path string) { require.NoError(t, os.Rename(path, path+".aside")) },
		"replaced": func(t *testing.T, path string) {
			require.NoError(t, os.Rename(path, path+".aside"))
			require.NoError(t, os.WriteFile(path, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := dbtest.SQLite(t)
			path := strings.TrimPrefix(address, "sqlite://")
			db := migrated(t, address)
			require.NoError(t, db.Ready(t.Context()))
			harm(t, path)
			require.ErrorIs(t, db.Ready(t.Context()), fault.ErrUnavailable)
			assert.ErrorContains(t, db.Ready(t.Context()), path)
			insert := "INSERT INTO cosas VALUES (1, 'una', 0, NULL)"
			_, err := db.Write().Exec(t.Context(), insert)
			require.ErrorIs(t, database.Fault(err), fault.ErrUnavailable)
			require.ErrorIs(t, db.InTx(t.Context(), func(context.Context, database.Writer) error { return nil }), fault.ErrUnavailable)
			require.NoError(t, os.Rename(path+".aside", path))
			require.NoError(t, db.Ready(t.Context()), "put back, it serves again")
			_, err = db.Write().Exec(t.Context(), insert)
			require.NoError(t, err)
		})
	}
	t.Run("in the middle of a transaction", func(t *testing.T) {
		t.Parallel()
		address := dbtest.SQLite(t)
		db := migrated(t, address)
		require.ErrorIs(t, db.InTx(t.Context(), func(context.Context, database.Writer) error {
			return os.Remove(strings.TrimPrefix(address, "sqlite://"))
		}), fault.ErrUnavailable)
	})
}

// On a full disk every read succeeds: the service is not ready until a write succeeds again.
func TestSQLite_full_disk(t *testing.T) {
	t.Parallel()
	db := migrated(t, dbtest.SQLite(t))
	pages := func(most int) {
		_, err := db.Write().Exec(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", most))
		require.NoError(t, err)
	}
	fill := func() error {
		var id int64
		return database.Fault(db.Write().QueryRow(t.Context(), "INSERT INTO cosas VALUES (1, $1, 0, NULL) RETURNING id",
			strings.Repeat("x", 100_000)).Scan(&id))
	}
	pages(1) // SQLite takes the least that is possible: no page more than there are
	require.NoError(t, db.Ready(t.Context()), "no write was refused yet")
	require.ErrorIs(t, fill(), fault.ErrUnavailable)
	for range 2 {
		require.ErrorIs(t, db.Ready(t.Context()), fault.ErrUnavailable)
	}
	pages(1_000_000)
	require.NoError(t, db.Ready(t.Context()))
	require.NoError(t, fill())
	require.NoError(t, db.Ready(t.Context()))
}

func TestPostgres_gives_idle_connections_back_and_keeps_those_in_use(t *testing.T) {
	t.Parallel()
	address := dbtest.Postgres(t)
	db, err := database.Open(t.Context(), address, database.Options{MaxConns: 3})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	done := make(chan error, 12)
	for range 12 {
		go func() { done <- exec(t.Context(), db, "SELECT pg_sleep(0.05)") }()
	}
	for range 12 {
		require.NoError(t, <-done)
	}
	pool, _ := db.Pools()
	assert.Equal(t, 3, pool.Stats().OpenConnections)
	for range 50 {
		require.NoError(t, exec(t.Context(), db, "SELECT 1"))
	}
	assert.Zero(t, pool.Stats().MaxIdleClosed, "a steady load does not connect anew")
	require.Eventually(t, func() bool { return pool.Stats().OpenConnections == 0 }, 30*time.Second, 100*time.Millisecond)
}
