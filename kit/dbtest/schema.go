package dbtest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tienda-go/tienda/kit/database"
)

// Schema gives tests databases that have its tables: it migrates one database of each engine, once a test process, and copies it,
// which takes a third of the time. A server of TEST_DATABASE_URL keeps no database to copy: there Open migrates an empty one.
type Schema struct {
	migrations fs.FS
	sqlite     func() ([]byte, error) // the content of a file
	postgres   func() (string, error) // the name of a database on the shared cluster
}

// NewSchema is the schema of these migrations.
func NewSchema(migrations fs.FS) *Schema {
	s := &Schema{migrations: migrations}
	s.sqlite = sync.OnceValues(s.migrateFile)
	s.postgres = sync.OnceValues(s.migrateTemplate)
	return s
}

// Each runs the test on both databases, as subtests "postgres" and "sqlite".
func (s *Schema) Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	each(t, s.SQLite, s.Postgres, test)
}

// SQLite is the URL of a file of its own, in t.TempDir().
func (s *Schema) SQLite(t testing.TB) string {
	t.Helper()
	content, err := s.sqlite()
	check(t, err)
	file := filepath.Join(t.TempDir(), "test.db")
	check(t, os.WriteFile(file, content, 0o600))
	return urlOf(file)
}

// Postgres is the URL of a fresh database; it is dropped when the test ends.
func (s *Schema) Postgres(t testing.TB) string {
	t.Helper()
	if os.Getenv("TEST_DATABASE_URL") != "" {
		return Postgres(t)
	}
	if _, err := shared(); err != nil {
		unavailable(t, err)
	}
	template, err := s.postgres()
	check(t, err)
	return fresh(t, " TEMPLATE "+template)
}

// Open opens a database with these options, and migrates what is missing. It is closed when the test ends, if not before.
func (s *Schema) Open(t testing.TB, url string, o database.Options) *database.DB {
	t.Helper()
	db, err := s.open(t.Context(), url, o)
	check(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (s *Schema) open(ctx context.Context, url string, o database.Options) (*database.DB, error) {
	db, err := database.Open(ctx, url, o)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, s.migrations); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// migrate leaves a database without connections, to be copied. It is for all tests, so the end of one must not interrupt it.
func (s *Schema) migrate(url string) error {
	db, err := s.open(context.Background(), url, database.Options{})
	if err != nil {
		return err
	}
	return db.Close()
}

func (s *Schema) migrateFile() ([]byte, error) {
	folder, err := os.MkdirTemp("", "tienda-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "template.db")
	if err := s.migrate(urlOf(file)); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

func (s *Schema) migrateTemplate() (string, error) {
	cluster, err := shared()
	if err != nil {
		return "", err
	}
	name, url, err := create(cluster.URL(), "")
	if err != nil {
		return "", err
	}
	return name, s.migrate(url)
}
