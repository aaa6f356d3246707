package dbtest_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
)

// Every test gets the tables, none gets the rows of another test, and what is missing is migrated.
func TestSchema(t *testing.T) {
	t.Parallel()
	step := &fstest.MapFile{Data: []byte("CREATE TABLE words (word text)")}
	schema := dbtest.NewSchema(fstest.MapFS{"postgres/0001_words.sql": step, "sqlite/0001_words.sql": step})
	for range 2 {
		schema.Each(t, func(t *testing.T, url string) {
			db := schema.Open(t, url, database.Options{})
			_, err := db.Write().Exec(t.Context(), "INSERT INTO words VALUES ('one')")
			require.NoError(t, err)
			var n int
			require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM words").Scan(&n))
			assert.Equal(t, 1, n)
		})
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		_, err := schema.Open(t, url, database.Options{}).Write().Exec(t.Context(), "INSERT INTO words VALUES ('one')")
		assert.NoError(t, err)
	})
}
