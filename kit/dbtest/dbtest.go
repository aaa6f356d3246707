// Package dbtest gives every test a database of its own: a fresh one on a real PostgreSQL, and a SQLite file.
//
// PostgreSQL is TEST_DATABASE_URL if that is set, else a throwaway cluster made with the machine's own initdb and pg_ctl, one
// for each test process, in memory where there is room. A watchdog removes the cluster when the process ends, also when it is
// killed. Without either, the PostgreSQL half of a test is skipped with a clear message; with CI=true that is a failure.
package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver

	"github.com/tienda-go/tienda/kit/database"
)

// Each runs the test on both databases, as subtests "postgres" and "sqlite".
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	each(t, SQLite, Postgres, test)
}

func each(t *testing.T, sqlite, postgres func(testing.TB) string, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, sqlite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, postgres(t)) })
}

// SQLite is the URL of a file that does not exist yet, in t.TempDir().
func SQLite(t testing.TB) string {
	t.Helper()
	return urlOf(filepath.Join(t.TempDir(), "test.db"))
}

func urlOf(file string) string { return "sqlite://" + filepath.ToSlash(file) }

var (
	shared = sync.OnceValues(func() (*Cluster, error) { return newCluster(quickest(), (*Cluster).initialize) })
	serial atomic.Int64
)

// Postgres is the URL of a fresh, empty database; it is dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	return fresh(t, "")
}

// fresh is the URL of a new database, which CREATE DATABASE makes with these options.
func fresh(t testing.TB, options string) string {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		cluster, err := shared()
		if err != nil {
			unavailable(t, err)
		}
		server = cluster.URL()
		options += cluster.strategy()
	}
	name, address, err := create(server, options)
	check(t, err)
	t.Cleanup(func() {
		if err := execute(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	return address
}

// create makes a database on a server, and returns its name and its URL.
func create(server, options string) (name, address string, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", "", errors.New("TEST_DATABASE_URL cannot be read")
	}
	name = fmt.Sprintf("test_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), serial.Add(1))
	u.Path = "/" + name
	return name, u.String(), execute(server, "CREATE DATABASE "+name+options)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
}

func unavailable(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("dbtest: no PostgreSQL for the tests, and CI=true: %v", err)
	}
	fmt.Fprintf(os.Stderr, "\n*** SKIPPED on PostgreSQL: %s: %v\n"+
		"*** Install PostgreSQL (initdb, pg_ctl) or set TEST_DATABASE_URL.\n\n", t.Name(), err)
	t.Skip("no PostgreSQL: ", err)
}

func execute(server, statement string) error {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	// Not t.Context(): it has ended when a cleanup runs.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Counting are the settings of a cluster that CountStatements needs.
var Counting = []string{"shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track_utility=on"}

// CountStatements returns how often statements that begin or end a transaction, or write, have run, and those that begin as the
// pattern also says. A new connection's own statements and the question itself do not count.
func CountStatements(t testing.TB, db *database.DB, also string) (count func() int) {
	t.Helper()
	_, err := db.Write().Exec(t.Context(), "CREATE EXTENSION pg_stat_statements")
	check(t, err)
	return func() (n int) {
		t.Helper()
		err := db.Read().QueryRow(t.Context(), `SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query ~* $1`,
			`^\s*(begin|commit|rollback|insert|update|with|`+also+`)`).Scan(&n)
		check(t, err)
		return n
	}
}
