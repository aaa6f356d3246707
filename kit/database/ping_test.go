package database_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
)

// A connection that rested is used without asking PostgreSQL first; one that PostgreSQL has ended is found out.
func TestPostgres_connections_that_rested(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	db := migrated(t, cluster.URL())
	pool, _ := db.Pools()
	conn, err := pool.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.Raw(func(c any) error {
		inner := c.(*stdlib.Conn).Conn()
		assert.False(t, database.Doubtful(t.Context(), inner))
		require.NoError(t, cluster.Kill())
		require.Eventually(t, func() bool { return database.Doubtful(t.Context(), inner) }, 30*time.Second, time.Millisecond)
		return nil
	}))
}
