package database_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
)

// No error shows the password, for any broken URL: the errors are written to a log.
func TestOpen_never_shows_the_password(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"hunter2", "postgres:hunter2@h/d?x=://", "u:hunter2@h://x", "hunter2://h/d", "mysql://u:hunter2@h/d",
		"postgres://u:hunter2%@h/d", "postgres://u:hunter2@[::1/d", "postgres://u:x/hunter2@h/d", "postgres://u:hunter2@h:notaport/d",
		"postgres://u@h/d?sslmode=bogus&password=hunter2", "postgres://u:hunter2@h/d?sslmode=verify-full&sslrootcert=/no/such/file",
		"sqlite+aiosqlite://", "postgres://u:hunter2@127.0.0.1:1/d?sslmode=disable",
	} {
		_, err := database.Open(t.Context(), url, database.Options{})
		require.Error(t, err, url)
		assert.NotContains(t, err.Error(), "hunter2", url)
	}
}

func TestOpen_SQLite_paths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "a%20b.db", "a#b.db", "ñandú.db", "a&b=c.db"} {
		require.NoError(t, open(t, "sqlite://"+dir+"/"+name).Migrate(t.Context(), steps()), name)
		assert.FileExists(t, filepath.Join(dir, name))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "texto.db"), bytes.Repeat([]byte("not a database. "), 100), 0o600))
	for url, want := range map[string]string{
		"sqlite://relativa.db":          "absolute path",
		"sqlite://" + dir:               "is a directory",
		"sqlite://" + dir + "/texto.db": "not a database",
	} {
		_, err := database.Open(t.Context(), url, database.Options{})
		assert.ErrorContains(t, err, want, url)
	}
	assert.NoFileExists(t, "relativa.db")
}

// When several connections turn a new file to WAL, SQLite refuses all but one; with one file, that happens once in 60 runs.
func TestOpen_SQLite_new_file_by_many(t *testing.T) {
	t.Parallel()
	for range 40 {
		url := dbtest.SQLite(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				db, err := database.Open(t.Context(), url, database.Options{MaxConns: 1})
				if assert.NoError(t, err) {
					assert.NoError(t, db.Close())
				}
			})
		}
		wg.Wait()
	}
}

// Every connection has the pragmas: those that read and the one that writes.
func TestOpen_SQLite_settings(t *testing.T) {
	t.Parallel()
	url := dbtest.SQLite(t)
	db := migrated(t, url)
	reader, writer := db.Pools()
	for _, pool := range []*sql.DB{reader, reader, writer} {
		conn, err := pool.Conn(t.Context())
		require.NoError(t, err)
		defer conn.Close()
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "1", "foreign_keys": "1",
			"busy_timeout": "5000"} {
			var got string
			require.NoError(t, conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
			assert.Equal(t, want, got, pragma)
		}
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(strings.TrimPrefix(url, "sqlite://") + suffix)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the log of the database holds orders too: %s", suffix)
	}
}

func TestOpen_PostgreSQL_settings(t *testing.T) {
	t.Parallel()
	url := dbtest.Postgres(t)
	setting := func(db *database.DB, name string) (value string) {
		require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value))
		return value
	}
	db := migrated(t, url)
	for name, want := range map[string]string{
		"timezone": "UTC", "statement_timeout": "15s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "15s",
	} {
		assert.Equal(t, want, setting(db, name))
	}
	assert.Equal(t, "7s", setting(open(t, url+"&statement_timeout=7s"), "statement_timeout"), "the URL has the last word")
	assert.Equal(t, "7s", setting(open(t, url+"&default_query_exec_mode=cache_statement&statement_timeout=7s"), "statement_timeout"))

	old := strings.Replace(strings.Replace(url, "postgres://", "postgresql+asyncpg://", 1), "sslmode=", "ssl=", 1)
	open(t, old)
	_, err := database.Open(t.Context(), strings.Replace(old, "ssl=disable", "ssl=require", 1), database.Options{Wait: time.Minute})
	assert.ErrorContains(t, err, "TLS", "it is said what is wrong, and at once")
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestOpen_waits_visibly_for_a_server_that_is_down(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	require.NoError(t, cluster.Stop())
	url := strings.Replace(cluster.URL(), "postgres@", "postgres:hunter2@", 1)
	var log lines
	options := database.Options{Wait: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil))}

	hurried, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := database.Open(hurried, url, options)
		left <- err
	}()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "waiting for PostgreSQL") }, 30*time.Second,
		10*time.Millisecond)
	cancel()
	begin := time.Now()
	require.ErrorIs(t, <-left, context.Canceled)
	assert.Less(t, time.Since(begin), options.Wait/2, "a Ctrl-C is obeyed")

	opened := make(chan error, 1)
	go func() {
		db, err := database.Open(t.Context(), url, options)
		if err == nil {
			err = db.Close()
		}
		opened <- err
	}()
	require.Eventually(t, func() bool { return strings.Count(log.String(), "connection refused") == 2 }, 30*time.Second,
		10*time.Millisecond)
	time.Sleep(1500 * time.Millisecond) // for another try at least
	require.NoError(t, cluster.Start())
	require.NoError(t, <-opened)
	// A server that is starting has another message, so the log may have a line for it too.
	assert.Equal(t, 2, strings.Count(log.String(), "connection refused"), "once for each Open, not each second")
	assert.Contains(t, log.String(), "level=WARN")
	assert.Contains(t, log.String(), "127.0.0.1:")
	assert.NotContains(t, log.String(), "hunter2")
}

// When another instance stops, its connections are soon free: Open waits. A missing role does not appear by waiting.
func TestOpen_waits_for_a_server_that_is_full(t *testing.T) {
	t.Parallel()
	url := dbtest.Postgres(t)
	db := open(t, url)
	role := fmt.Sprintf("lleno_%d", time.Now().UnixNano())
	as := strings.Replace(url, "//postgres@", "//"+role+"@", 1)
	if as == url {
		t.Fatal("the URL names no user postgres")
	}
	begin := time.Now()
	_, err := database.Open(t.Context(), as, database.Options{Wait: time.Minute})
	require.ErrorContains(t, err, "does not exist")
	assert.Less(t, time.Since(begin), 10*time.Second)

	require.NoError(t, exec(t.Context(), db, "CREATE ROLE "+role+" LOGIN CONNECTION LIMIT 0"))
	defer func() { assert.NoError(t, exec(context.WithoutCancel(t.Context()), db, "DROP ROLE "+role)) }()
	_, err = database.Open(t.Context(), as, database.Options{})
	require.ErrorContains(t, err, "lower DB_MAX_CONNS", "whose fault it is")
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		time.Sleep(200 * time.Millisecond)
		assert.NoError(t, exec(t.Context(), db, "ALTER ROLE "+role+" CONNECTION LIMIT 9"))
	})
	other, err := database.Open(t.Context(), as, database.Options{Wait: 20 * time.Second})
	require.NoError(t, err)
	require.NoError(t, exec(t.Context(), db, "ALTER ROLE "+role+" CONNECTION LIMIT 0"))
	require.NoError(t, other.InTx(t.Context(), func(ctx context.Context, _ database.Writer) error {
		// the role has one connection, which is in use
		full := database.Fault(exec(ctx, other, "SELECT 1"))
		require.ErrorIs(t, full, fault.ErrUnavailable)
		assert.ErrorContains(t, full, "lower DB_MAX_CONNS")
		return nil
	}))
	require.NoError(t, other.Close())
}

// In every zone of the machine and of the caller, times are read in UTC, and their text on SQLite sorts as the times do.
func TestTimes_are_in_UTC(t *testing.T) {
	t.Parallel()
	type cosa struct {
		bun.BaseModel `bun:"table:cosas"`
		Creada        time.Time `bun:"creada"`
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		base := time.Date(2026, 3, 1, 0, 30, 0, 5000, time.UTC)
		for i, zone := range []int{0, 9, -7, 2} { // each time is an hour after the one before, but earlier on the clock of its zone
			at := base.Add(time.Duration(i) * time.Hour).In(time.FixedZone("", zone*60*60))
			_, err := db.Write().Exec(t.Context(), "INSERT INTO cosas VALUES ($1, $2, 0, $3)", i, fmt.Sprint(i), at)
			require.NoError(t, err)
		}
		rows, err := db.Read().Query(t.Context(), "SELECT id, creada FROM cosas ORDER BY creada")
		require.NoError(t, err)
		defer rows.Close()
		for i := range 4 {
			var id int
			var at time.Time
			require.True(t, rows.Next())
			require.NoError(t, rows.Scan(&id, &at))
			assert.Equal(t, i, id)
			assert.Equal(t, base.Add(time.Duration(i)*time.Hour).Format(time.RFC3339Nano), at.Format(time.RFC3339Nano))
		}
		var c cosa
		require.NoError(t, db.Read().NewSelect().Model(&c).Where("id = 1").Scan(t.Context()))
		assert.Equal(t, "2026-03-01T01:30:00.000005Z", c.Creada.Format(time.RFC3339Nano), "by Bun too")
	})
}

// PostgreSQL is killed while a service migrates: the service is ready when PostgreSQL is back, without a restart of the service.
func TestOpenMigrated_survives_the_end_of_the_server(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	blocker := open(t, cluster.URL())
	_, err := blocker.Write().Exec(t.Context(), "SELECT pg_advisory_lock($1)", 0x7469656e6461) // Migrate's
	require.NoError(t, err)

	type result struct {
		db    *database.DB
		close func()
		err   error
	}
	done := make(chan result, 1)
	go func() {
		db, closeDB, err := database.OpenMigrated(t.Context(), cluster.URL(), database.Options{}, steps())
		done <- result{db, closeDB, err}
	}()
	require.Eventually(t, func() bool {
		var waiting int
		err := blocker.Read().QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").
			Scan(&waiting)
		return err == nil && waiting == 1
	}, 20*time.Second, 20*time.Millisecond)
	require.NoError(t, cluster.Kill())
	require.NoError(t, cluster.Start())
	select {
	case r := <-done:
		require.NoError(t, r.err)
		defer r.close()
		assert.NoError(t, r.db.Ready(t.Context()))
	case <-time.After(30 * time.Second):
		t.Fatal("it never became ready")
	}
}

// INSERT … RETURNING compiles on a Reader, because it is a query: SQLite refuses it there.
func TestSQLite_a_reader_does_not_write(t *testing.T) {
	t.Parallel()
	db := migrated(t, dbtest.SQLite(t))
	var id int
	err := db.Read().QueryRow(t.Context(), "INSERT INTO cosas VALUES ($1, 'una', 0, NULL) RETURNING id", 1).Scan(&id)
	require.ErrorContains(t, err, "readonly")
	require.NoError(t, db.Write().QueryRow(t.Context(), "INSERT INTO cosas VALUES ($1, 'una', 0, NULL) RETURNING id", 1).Scan(&id))
	assert.Equal(t, 1, id)
}

// A second Close, and a writer after Close, do not panic.
func TestClose(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db, err := database.Open(t.Context(), url, database.Options{})
		require.NoError(t, err)
		require.NoError(t, db.Migrate(t.Context(), steps()))
		require.NoError(t, db.Close())
		require.NoError(t, db.Close())
		require.ErrorIs(t, database.Fault(exec(t.Context(), db, "UPDATE cosas SET cantidad = 1")), fault.ErrUnavailable)
		require.ErrorIs(t, db.InTx(t.Context(), func(context.Context, database.Writer) error { return nil }), fault.ErrUnavailable)
	})
}
