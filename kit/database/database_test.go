package database_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
)

// steps is a schema with what migrations need: several statements, a semicolon inside of a body, constraints of each kind.
func steps() fstest.MapFS {
	const tables = `
CREATE TABLE cosas (
    id bigint PRIMARY KEY,
    nombre text NOT NULL CONSTRAINT cosas_nombre UNIQUE,
    cantidad bigint NOT NULL CONSTRAINT cosas_cantidad CHECK (cantidad >= 0),
    creada %s
);
CREATE TABLE partes (cosa_id bigint NOT NULL REFERENCES cosas (id));
`
	return fstest.MapFS{
		"sqlite/0001_cosas.sql": {Data: []byte(fmt.Sprintf(tables, "datetime") + `
CREATE TRIGGER partes_fijas BEFORE DELETE ON partes BEGIN SELECT 1; SELECT RAISE(ABORT, 'fixed; always'); END;`)},
		"postgres/0001_cosas.sql": {Data: []byte(fmt.Sprintf(tables, "timestamptz") + `
CREATE FUNCTION fijas() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RAISE EXCEPTION 'fixed; always'; END $$;
CREATE TRIGGER partes_fijas BEFORE DELETE ON partes FOR EACH ROW EXECUTE FUNCTION fijas();`)},
	}
}

func open(t *testing.T, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, database.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

func migrated(t *testing.T, url string) *database.DB {
	t.Helper()
	db := open(t, url)
	require.NoError(t, db.Migrate(t.Context(), steps()))
	return db
}

func exec(ctx context.Context, db *database.DB, query string, args ...any) error {
	_, err := db.Write().Exec(ctx, query, args...)
	return err
}

func TestOpen_URLs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, url := range []string{"sqlite://" + dir + "/a/b.db", "sqlite+aiosqlite:///" + dir + "/c.db"} {
		db := open(t, url)
		assert.Equal(t, database.SQLite, db.Engine())
	}
	for _, file := range []string{"a/b.db", "c.db"} {
		info, err := os.Stat(filepath.Join(dir, file))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "other users of the machine cannot read the orders")
	}
	postgres := dbtest.Postgres(t)
	for _, scheme := range []string{"postgres://", "postgresql://", "postgresql+asyncpg://"} {
		assert.Equal(t, database.Postgres, open(t, scheme+strings.TrimPrefix(postgres, "postgres://")).Engine())
	}
	for _, url := range []string{
		"", "x", "mysql://u:hunter2@h/d", "postgres://u:hunter2@h:notaport/d", "sqlite://", "sqlite:///:memory:",
		"postgres://u:hunter2@h:99999/d",
	} {
		_, err := database.Open(t.Context(), url, database.Options{})
		require.Error(t, err, url)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestOpen_relative_path(t *testing.T) {
	t.Chdir(t.TempDir())
	open(t, "sqlite+aiosqlite:///datos/d.db")
	assert.FileExists(t, "datos/d.db")
}

func TestOpen_waits_only_for_what_waiting_cures(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	_, err := database.Open(t.Context(), strings.Replace(dbtest.Postgres(t), "/test_", "/no_such_", 1),
		database.Options{Wait: time.Minute})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "does not exist")
	_, err = database.Open(t.Context(), "postgres://u:hunter2@127.0.0.1:1/d?sslmode=disable",
		database.Options{Wait: time.Millisecond})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "127.0.0.1:1: it does not answer")
	assert.NotContains(t, err.Error(), "hunter2")
	assert.Less(t, time.Since(begin), 30*time.Second)
}

func TestMigrate_once_by_many(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				db, err := database.Open(t.Context(), url, database.Options{MaxConns: 2})
				if !assert.NoError(t, err) {
					return
				}
				defer db.Close()
				assert.Error(t, db.Ready(t.Context()))
				assert.NoError(t, db.Migrate(t.Context(), steps()))
				assert.NoError(t, db.Ready(t.Context()))
			})
		}
		wg.Wait()
		var n int
		require.NoError(t, open(t, url).Read().QueryRow(t.Context(), "SELECT count(*) FROM schema_migrations").Scan(&n))
		assert.Equal(t, 1, n)
	})
}

func TestMigrate_refuses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		engine := string(db.Engine())
		require.NoError(t, db.Migrate(t.Context(), steps()), "again is nothing")

		edited := steps()
		edited[engine+"/0001_cosas.sql"] = &fstest.MapFile{Data: []byte("SELECT 1")}
		assert.ErrorContains(t, db.Migrate(t.Context(), edited), "0001_cosas was changed")

		broken := steps()
		broken[engine+"/0002_rota.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE otra (id bigint); SELECT no_such_column " +
			"FROM otra")}
		require.ErrorContains(t, db.Migrate(t.Context(), broken), "0002_rota")
		assert.Error(t, exec(t.Context(), db, "SELECT * FROM otra"), "all or nothing")

		further := steps()
		further[engine+"/0002_mas.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE mas (id bigint)")}
		require.NoError(t, db.Migrate(t.Context(), further))
		assert.ErrorContains(t, db.Migrate(t.Context(), steps()), "use the newer program")

		for name, want := range map[string]string{
			"/0004_salto.sql": "has no step 0003", "/0002_otra.sql": "has no step 0003, or has it twice",
			"/nombre.sql": "is not named like",
		} {
			odd := steps()
			odd[engine+"/0002_mas.sql"] = further[engine+"/0002_mas.sql"]
			odd[engine+name] = &fstest.MapFile{Data: []byte("SELECT 1")}
			assert.ErrorContains(t, db.Migrate(t.Context(), odd), want, name)
		}
	})
}

// Service and library add steps independently: a program with new steps of only one of them still starts.
func TestMigrate_counts_a_library_apart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		engine := string(db.Engine())
		library := fstest.MapFS{engine + "/0001_notas.sql": {Data: []byte("CREATE TABLE notas (id bigint)")}}
		require.NoError(t, db.Migrate(t.Context(), database.WithLibrary(steps(), "notas", library)))
		require.NoError(t, exec(t.Context(), db, "SELECT id FROM notas"))
		require.NoError(t, db.Migrate(t.Context(), steps()), "a program that does not know the library")

		library[engine+"/0002_mas.sql"] = &fstest.MapFile{Data: []byte("INSERT INTO notas VALUES (1)")}
		further := steps()
		further[engine+"/0002_mas.sql"] = &fstest.MapFile{Data: []byte("INSERT INTO notas VALUES (2)")}
		for range 2 { // the second call finds all steps applied
			require.NoError(t, db.Migrate(t.Context(), database.WithLibrary(further, "notas", library)))
		}
		var n int
		require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM notas").Scan(&n))
		assert.Equal(t, 2, n)

		delete(library, engine+"/0002_mas.sql")
		assert.ErrorContains(t, db.Migrate(t.Context(), database.WithLibrary(further, "notas", library)), "schema_migrations_notas")
	})
}

// A step that names its old checksum counts as the applied step, and no other step does.
func TestMigrate_knows_a_step_that_was_replaced(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		name := string(db.Engine()) + "/0001_cosas.sql"
		replaced := func(checksum string) fstest.MapFS {
			edited := steps()
			edited[name] = &fstest.MapFile{Data: []byte("-- replaces " + checksum + "\n-- Its table is made elsewhere.\n")}
			return edited
		}
		was := fmt.Sprintf("%x", sha256.Sum256(steps()[name].Data))
		require.NoError(t, db.Migrate(t.Context(), replaced(was)))
		assert.ErrorContains(t, db.Migrate(t.Context(), replaced(strings.Repeat("0", 64))), "0001_cosas was changed")

		empty := open(t, another(t, url))
		require.NoError(t, empty.Migrate(t.Context(), replaced(was)))
		assert.Error(t, exec(t.Context(), empty, "SELECT * FROM cosas"))
		require.NoError(t, empty.Migrate(t.Context(), replaced(was)), "again is nothing")
	})
}

// another is a new database of the same engine.
func another(t *testing.T, url string) string {
	t.Helper()
	if strings.HasPrefix(url, "sqlite:") {
		return dbtest.SQLite(t)
	}
	return dbtest.Postgres(t)
}

func TestTimes_survive_to_the_microsecond(t *testing.T) {
	t.Parallel()
	type cosa struct {
		bun.BaseModel `bun:"table:cosas"`
		ID            int64     `bun:"id,pk"`
		Nombre        string    `bun:"nombre"`
		Cantidad      int64     `bun:"cantidad"`
		Creada        time.Time `bun:"creada"`
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		base := time.Date(2026, 1, 31, 23, 59, 59, 123456000, time.UTC)
		written := []time.Time{base, base.Add(time.Microsecond), base.Add(876544 * time.Microsecond), base.In(time.FixedZone("", 7200)).
			Add(time.Hour)}
		for i, at := range written {
			// Half of the rows are written by Bun, half by plain SQL: both must write the same values.
			if i%2 == 0 {
				_, err := db.Write().NewInsert().Model(&cosa{ID: int64(i), Nombre: fmt.Sprint(i), Creada: at.UTC()}).Exec(t.Context())
				require.NoError(t, err)
				continue
			}
			require.NoError(t, exec(t.Context(), db, "INSERT INTO cosas VALUES ($1, $2, 0, $3)", i, fmt.Sprint(i), at.UTC()))
		}
		var read []cosa
		require.NoError(t, db.Read().NewSelect().Model(&read).OrderExpr("creada").Scan(t.Context()))
		require.Len(t, read, len(written))
		for i, c := range read {
			n, err := db.Read().NewSelect().Model((*cosa)(nil)).Where("creada = ?", written[i].UTC()).Count(t.Context())
			require.NoError(t, err)
			assert.EqualValues(t, 1, n, "Bun and plain SQL write a time alike")
			assert.EqualValues(t, i, c.ID, "ordered by time")
			assert.True(t, written[i].Equal(c.Creada), "%s, read %s", written[i], c.Creada)
		}
		var later int
		require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM cosas WHERE creada > $1", written[1]).Scan(&later))
		assert.Equal(t, 2, later, "compared by time in SQL")
		n, err := db.Read().NewSelect().Model((*cosa)(nil)).Where("creada <= ?", written[1].UTC()).Count(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 2, n)
	})
}

func TestInTx(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		insert := func(ctx context.Context, tx database.Writer, id int) error {
			_, err := tx.Exec(ctx, "INSERT INTO cosas VALUES ($1, $2, 0, NULL)", id, fmt.Sprint(id))
			return err
		}
		count := func() (n int) {
			require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM cosas").Scan(&n))
			return n
		}
		require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error { return insert(ctx, tx, 1) }))
		assert.Equal(t, 1, count())

		boom := fault.ErrConflict.New("no")
		require.ErrorIs(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
			require.NoError(t, insert(ctx, tx, 2))
			return boom
		}), fault.ErrConflict)
		assert.Equal(t, 1, count(), "an error rolls back")

		assert.Panics(t, func() {
			_ = db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
				require.NoError(t, insert(ctx, tx, 3))
				panic("boom")
			})
		})
		assert.Equal(t, 1, count(), "a panic rolls back")

		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, db.InTx(cancelled, func(context.Context, database.Writer) error { return nil }), fault.ErrUnavailable)
	})
}

// With SQLite's defaults 199 of 200 writers fail.
func TestInTx_200_writers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		require.NoError(t, exec(t.Context(), db, "INSERT INTO cosas VALUES (1, 'una', 0, NULL)"))
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				assert.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
					var n int // a transaction that reads and then writes: with SQLite's defaults it fails
					lock := map[database.Engine]string{database.Postgres: " FOR UPDATE", database.SQLite: ""}[db.Engine()]
					if err := tx.QueryRow(ctx, "SELECT cantidad FROM cosas WHERE id = 1"+lock).Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, "UPDATE cosas SET cantidad = $1 WHERE id = 1", n+1)
					return err
				}))
			})
		}
		wg.Wait()
		var n int
		require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT cantidad FROM cosas").Scan(&n))
		assert.Equal(t, 200, n)
	})
}

func TestInTx_repeats_after_a_deadlock(t *testing.T) {
	t.Parallel()
	db := migrated(t, dbtest.Postgres(t))
	require.NoError(t, exec(t.Context(), db, "INSERT INTO cosas VALUES (1, 'a', 0, NULL), (2, 'b', 0, NULL)"))
	var wg sync.WaitGroup
	both := make(chan struct{}, 2)
	for _, ids := range [][2]int{{1, 2}, {2, 1}} {
		wg.Go(func() {
			first := true
			assert.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
				if _, err := tx.Exec(ctx, "UPDATE cosas SET cantidad = cantidad + 1 WHERE id = $1", ids[0]); err != nil {
					return err
				}
				if first { // each transaction has locked one row before either asks for the other row
					first = false
					both <- struct{}{}
					for len(both) < 2 {
						time.Sleep(time.Millisecond)
					}
				}
				_, err := tx.Exec(ctx, "UPDATE cosas SET cantidad = cantidad + 1 WHERE id = $1", ids[1])
				return err
			}))
		})
	}
	wg.Wait()
	var sum int
	require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT sum(cantidad) FROM cosas").Scan(&sum))
	assert.Equal(t, 4, sum)
}

func TestViolation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		require.NoError(t, exec(t.Context(), db, "INSERT INTO cosas VALUES (1, 'una', 0, NULL)"))
		lite := db.Engine() == database.SQLite
		for statement, want := range map[string]struct {
			kind             database.ViolationKind
			postgres, sqlite string
		}{
			"INSERT INTO cosas VALUES (2, 'una', 0, NULL)": {database.Unique, "cosas_nombre", "cosas.nombre"},
			"INSERT INTO cosas VALUES (1, 'x', 0, NULL)":   {database.Unique, "cosas_pkey", "cosas.id"},
			"UPDATE cosas SET cantidad = -1":               {database.Check, "cosas_cantidad", "cosas_cantidad"},
			"INSERT INTO partes VALUES (9)":                {database.ForeignKey, "partes_cosa_id_fkey", ""},
		} {
			err := exec(t.Context(), db, statement)
			require.Error(t, err, statement)
			constraint, kind, ok := database.Violation(fmt.Errorf("wrapped: %w", err))
			assert.True(t, ok, statement)
			assert.Equal(t, want.kind, kind, statement)
			if !lite {
				assert.Equal(t, want.postgres, constraint, statement)
			} else if want.kind != database.ForeignKey {
				assert.Equal(t, want.sqlite, constraint, statement)
			}
			assert.Equal(t, fault.Internal, fault.CodeOf(database.Fault(err)), "an unexpected violation is a defect")
		}
		require.NoError(t, exec(t.Context(), db, "INSERT INTO partes VALUES (1)"))
		assert.ErrorContains(t, exec(t.Context(), db, "DELETE FROM partes"), "fixed; always")
	})
}

func TestFault(t *testing.T) {
	t.Parallel()
	assert.NoError(t, database.Fault(nil))
	boom := errors.New("boom")
	assert.Equal(t, boom, database.Fault(boom))
	known := fault.ErrConflict.New("x")
	assert.Equal(t, error(known), database.Fault(known))
	dbtest.Each(t, func(t *testing.T, url string) {
		db := migrated(t, url)
		var n int
		err := db.Read().QueryRow(t.Context(), "SELECT id FROM cosas WHERE id = $1", 1).Scan(&n)
		assert.ErrorIs(t, database.Fault(err), fault.ErrNotFound)
		assert.Equal(t, fault.Internal, fault.CodeOf(database.Fault(exec(t.Context(), db, "SELECT no_such_column"))))
		expired, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		assert.ErrorIs(t, database.Fault(exec(expired, db, "SELECT 1")), fault.ErrUnavailable)
	})
}

func TestFault_SQLite_busy(t *testing.T) {
	t.Parallel()
	url := dbtest.SQLite(t)
	holder := migrated(t, url)
	other := open(t, url)
	err := holder.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		_, err := tx.Exec(ctx, "INSERT INTO cosas VALUES (1, 'una', 0, NULL)")
		require.NoError(t, err)
		_, pool := other.Pools()
		conn, err := pool.Conn(ctx)
		require.NoError(t, err)
		defer conn.Close()
		_, err = conn.ExecContext(ctx, "PRAGMA busy_timeout = 1")
		require.NoError(t, err)
		_, err = conn.ExecContext(ctx, "INSERT INTO cosas VALUES (2, 'dos', 0, NULL)")
		return err
	})
	assert.ErrorIs(t, err, fault.ErrUnavailable)
}

// pgx by itself would prepare a statement for every text that Bun writes, arguments included. With Unprepared, no statement with
// $1 is prepared either.
func TestPostgres_prepares_no_statement(t *testing.T) {
	t.Parallel()
	url := dbtest.Postgres(t)
	db, err := database.Open(t.Context(), url, database.Options{MaxConns: 1, Unprepared: true})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.Migrate(t.Context(), steps()))
	for id := range 20 {
		_, err := db.Read().NewSelect().Table("cosas").Where("id = ?", id).Exists(t.Context())
		require.NoError(t, err)
		require.NoError(t, exec(t.Context(), db, "SELECT nombre FROM cosas WHERE id = $1", id))
	}
	var prepared int
	require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements").Scan(&prepared))
	assert.Zero(t, prepared)
}

// SQLite itself has no deadline: it polls for the whole busy_timeout.
func TestSQLite_writers_queue_within_their_deadlines(t *testing.T) {
	t.Parallel()
	db := migrated(t, dbtest.SQLite(t))
	require.NoError(t, db.InTx(t.Context(), func(context.Context, database.Writer) error {
		begin := time.Now()
		hurried, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := db.Write().Exec(hurried, "UPDATE cosas SET cantidad = 1")
		require.ErrorIs(t, database.Fault(err), fault.ErrUnavailable)
		assert.Less(t, time.Since(begin), 2*time.Second)
		var n int
		assert.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM cosas").Scan(&n), "readers go on")
		return nil
	}))
}

// While PostgreSQL is killed, calls return fault.ErrUnavailable; they succeed again as soon as PostgreSQL runs again.
func TestPostgres_killed_and_back(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	db := migrated(t, cluster.URL())
	require.NoError(t, db.Ready(t.Context()))
	require.NoError(t, cluster.Kill())
	for range 5 {
		err := database.Fault(exec(t.Context(), db, "SELECT 1"))
		require.ErrorIs(t, err, fault.ErrUnavailable)
		assert.GreaterOrEqual(t, fault.From(err).RetryAfter, time.Second)
		require.ErrorIs(t, db.InTx(t.Context(), func(context.Context, database.Writer) error { return nil }), fault.ErrUnavailable)
		require.Error(t, db.Ready(t.Context()))
	}
	require.NoError(t, cluster.Start())
	require.Eventually(t, func() bool { return db.Ready(t.Context()) == nil }, 30*time.Second, 10*time.Millisecond)
}
