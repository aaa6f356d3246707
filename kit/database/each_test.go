package database_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
)

// leidas reads what TestEach has stored, by id.
func leidas(ctx context.Context, r database.Reader, from int) (nombres []string, creadas []*time.Time, err error) {
	var nombre string
	var creada *time.Time
	err = r.Each(ctx, "SELECT nombre, creada FROM cosas WHERE id > $1 ORDER BY id", []any{from},
		func(scan func(...any) error) error {
			if err := scan(&nombre, &creada); err != nil {
				return err
			}
			nombres, creadas = append(nombres, nombre), append(creadas, creada)
			return nil
		})
	return nombres, creadas, err
}

func TestEach(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		instante := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
		require.NoError(t, exec(t.Context(), db,
			"INSERT INTO cosas (id, nombre, cantidad, creada) VALUES (1, 'a', 1, NULL), (2, 'ñ', 2, $1)", instante))

		nombres, creadas, err := leidas(t.Context(), db.Read(), 0)
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "ñ"}, nombres)
		assert.Nil(t, creadas[0])
		assert.True(t, instante.Equal(*creadas[1]), creadas[1])
		nombres, _, err = leidas(t.Context(), db.Read(), 2)
		require.NoError(t, err)
		assert.Empty(t, nombres)

		require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
			if _, err := tx.Exec(ctx, "INSERT INTO cosas (id, nombre, cantidad) VALUES (3, 'z', 1)"); err != nil {
				return err
			}
			nombres, _, err := leidas(ctx, tx.Reader, 2)
			assert.Equal(t, []string{"z"}, nombres, "a transaction sees what it has written")
			return err
		}))

		mine := errors.New("enough")
		for range 50 { // more calls than connections: each connection goes back to the pool
			err := db.Read().Each(t.Context(), "SELECT id FROM cosas WHERE id > $1", []any{0},
				func(func(...any) error) error { return mine })
			require.ErrorIs(t, err, mine)
			require.Error(t, db.Read().Each(t.Context(), "SELECT nada FROM cosas WHERE id > $1", []any{0}, nil))
			late, cancel := context.WithCancel(t.Context())
			cancel()
			_, _, err = leidas(late, db.Read(), 0)
			require.ErrorIs(t, database.Fault(err), fault.ErrUnavailable)
		}
		nombres, _, err = leidas(t.Context(), db.Read(), 0)
		require.NoError(t, err)
		assert.Len(t, nombres, 3)
	})
}

// A connection that PostgreSQL has closed is not used again.
func TestEach_after_PostgreSQL_has_closed_the_connections(t *testing.T) {
	t.Parallel()
	db := migrated(t, dbtest.Postgres(t))
	for range 5 {
		// the test's own connection too
		_ = exec(t.Context(), db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
		require.Eventually(t, func() bool {
			_, _, err := leidas(t.Context(), db.Read(), 0)
			return err == nil
		}, 30*time.Second, time.Millisecond)
	}
}
