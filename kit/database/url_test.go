package database_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
)

// The system before wrote four slashes before an absolute path.
func TestOpen_SQLite_four_slashes(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"sqlite:///", "sqlite:////", "sqlite+aiosqlite:///"} {
		path := filepath.Join(t.TempDir(), "x.db")
		db, err := database.Open(t.Context(), scheme+path, database.Options{})
		require.NoError(t, err, scheme)
		require.NoError(t, db.Close())
		assert.FileExists(t, path)
	}
	_, err := database.Open(t.Context(), "sqlite:///proc/nada/x.db", database.Options{})
	require.ErrorContains(t, err, "name a file that this user may write")
	other := filepath.Join(t.TempDir(), "notes.txt")
	require.NoError(t, os.WriteFile(other, []byte("a text that is no database of SQLite"), 0o600))
	_, err = database.Open(t.Context(), "sqlite://"+other, database.Options{})
	require.ErrorContains(t, err, "name a file of SQLite")
}

func TestCheckURL_opens_nothing(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"postgres://u:p@192.0.2.1:5432/x", "postgresql+asyncpg://u:p@192.0.2.1/x?ssl=require", "sqlite:///no/hay/tal/carpeta/x.db",
		"sqlite+aiosqlite:///x.db",
	} {
		require.NoError(t, database.CheckURL(good), good)
	}
	for _, bad := range []string{
		"", "CANARIO", "mysql://CANARIO@localhost/x", "postgres://u:CANARIO@localhost:puerto/x", "postgres://u:CANARIO%@localhost/x",
		"sqlite://CANARIO.db", "sqlite:///:memory:", "sqlite+aiosqlite:///",
	} {
		err := database.CheckURL(bad)
		require.Error(t, err, bad)
		assert.NotContains(t, err.Error(), "CANARIO")
	}
}
