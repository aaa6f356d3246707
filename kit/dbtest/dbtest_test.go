package dbtest_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"
)

func TestPostgres_gives_each_test_an_empty_database(t *testing.T) {
	t.Parallel()
	for range 2 {
		db, err := sql.Open("pgx", dbtest.Postgres(t))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "CREATE TABLE t (id int)")
		require.NoError(t, err, "the name is free in a database of its own")
		require.NoError(t, db.Close())
	}
}

func TestCluster_keeps_what_was_committed_when_it_is_killed(t *testing.T) {
	t.Parallel()
	c := dbtest.StartCluster(t)
	db, err := sql.Open("pgx", c.URL())
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
	require.NoError(t, err)
	require.NoError(t, c.Kill())
	_, err = db.ExecContext(t.Context(), "SELECT 1")
	require.Error(t, err)
	require.NoError(t, c.Start())
	var n int
	require.Eventually(t, func() bool { return db.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n) == nil },
		10*time.Second, 10*time.Millisecond)
	assert.Equal(t, 1, n)
	require.NoError(t, c.Stop())
	require.NoError(t, c.Start())
}
