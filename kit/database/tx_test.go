package database_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
)

// database/sql rolls back when a deadline passes; later calls return only "already committed or rolled back".
func TestInTx_late_is_unavailable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		for _, touch := range []bool{false, true} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			err := db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
				<-ctx.Done()
				time.Sleep(20 * time.Millisecond) // until database/sql has rolled back
				if touch {                        // like a caller that does not pass ctx on
					_, err := tx.Exec(t.Context(), "UPDATE cosas SET cantidad = 1")
					return err
				}
				return nil
			})
			cancel()
			require.ErrorIs(t, err, fault.ErrUnavailable)
			assert.GreaterOrEqual(t, fault.From(err).RetryAfter, time.Second)
		}
	})
}

// When InTx returns nil the transaction is committed, also close to the deadline; on an error it is committed completely or not
// at all.
func TestInTx_says_done_only_of_what_is_done(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		done := 0
		for id := range 150 {
			pause := time.Duration(random.IntN(2000)) * time.Microsecond
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(6000))*time.Microsecond)
			err := db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
				if _, err := tx.Exec(ctx, "INSERT INTO cosas VALUES ($1, $2, 0, NULL)", id, fmt.Sprint(id)); err != nil {
					return err
				}
				time.Sleep(pause)
				_, err := tx.Exec(ctx, "UPDATE cosas SET cantidad = 1 WHERE id = $1", id)
				return err
			})
			cancel()
			var whole, half int
			require.NoError(t, db.Read().QueryRow(t.Context(),
				"SELECT count(CASE WHEN cantidad = 1 THEN 1 END), count(CASE WHEN cantidad = 0 THEN 1 END) FROM cosas WHERE id = $1", id).
				Scan(&whole, &half))
			require.Zero(t, half, "half of a transaction")
			if err == nil {
				done++
				require.Equal(t, 1, whole, "said to be done, and is not there")
			} else {
				require.ErrorIs(t, err, fault.ErrUnavailable)
			}
		}
		t.Logf("%d of 150 done", done)
	})
}

func TestInTx_tries_three_times(t *testing.T) {
	t.Parallel()
	db := migrated(t, dbtest.SQLite(t))
	for _, c := range []struct {
		cause error
		tries int
	}{
		{&pgconn.PgError{Code: "40001"}, 3},
		{fmt.Errorf("reservar: %w", &pgconn.PgError{Code: "40P01"}), 3},
		{database.Fault(&pgconn.PgError{Code: "40P01"}), 3}, // a repository that maps errors itself
		{&pgconn.PgError{Code: "57P01"}, 1},                 // the connection is lost: perhaps during a commit
		{&pgconn.PgError{Code: "55P03"}, 1},
	} {
		tries := 0
		err := db.InTx(t.Context(), func(context.Context, database.Writer) error { tries++; return c.cause })
		assert.ErrorIs(t, err, fault.ErrUnavailable)
		assert.Equal(t, c.tries, tries, "%v", c.cause)
	}
}

// On PostgreSQL a failed statement ends its transaction, also when fn ignores the error.
func TestInTx_an_error_that_was_swallowed_is_no_success(t *testing.T) {
	t.Parallel()
	db := migrated(t, dbtest.Postgres(t))
	assert.Error(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		_, _ = tx.Exec(ctx, "SELECT no_such_column")
		return nil
	}))
}

func TestInTx_server_lost_or_hanging(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	db := migrated(t, cluster.URL())

	// The backend is stopped, as behind a network that drops every packet. On a busy machine the time may end before the backend is
	// stopped: then the next try has more time.
	backend := 0
	for patience := time.Second; backend == 0; patience *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
			if err := tx.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
				return err
			}
			require.NoError(t, syscall.Kill(backend, syscall.SIGSTOP))
			_, err := tx.Exec(ctx, "INSERT INTO cosas VALUES (1, 'una', 0, NULL)")
			return err
		})
		deadline, _ := ctx.Deadline()
		late := time.Since(deadline)
		cancel()
		require.ErrorIs(t, err, fault.ErrUnavailable)
		assert.Less(t, late, 30*time.Second, "the deadline holds")
	}
	require.NoError(t, syscall.Kill(backend, syscall.SIGCONT))

	// PostgreSQL is killed just before the commit: the outcome of the commit is unknown, so InTx does not try again.
	tries := 0
	err := db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		tries++
		if _, err := tx.Exec(ctx, "INSERT INTO cosas VALUES (2, 'dos', 0, NULL)"); err != nil {
			return err
		}
		return cluster.Kill()
	})
	require.ErrorIs(t, err, fault.ErrUnavailable)
	assert.Equal(t, 1, tries)
}
