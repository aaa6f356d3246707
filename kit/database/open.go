// Package database opens PostgreSQL or SQLite from one URL and gives both the same behaviour: migrations under a lock,
// transactions that are retried when the database asks for it, times in UTC to the microsecond, and driver errors as faults.
//
// DB.Read and DB.Write say where statements run: a write on SQLite's reading connections does not compile. Statements with $1,
// $2 … are prepared once a connection and kept, for the hot paths. Bun writes arguments into the SQL text, so its statements are
// not prepared (default_query_exec_mode=exec): PostgreSQL would prepare one for every id.
//
// PostgreSQL may have a pooler in transaction mode in front: no SET, lock, LISTEN or temporary table here outlives a transaction.
package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// Engine is which database it is.
type Engine string

// The engines.
const (
	Postgres Engine = "postgres"
	SQLite   Engine = "sqlite"
)

// Options of Open.
type Options struct {
	MaxConns   int           // of PostgreSQL; 0 = 16. SQLite has 8 connections that read and one that writes
	Unprepared bool          // PostgreSQL keeps no prepared statements: a pooler in transaction mode may lose them
	Log        *slog.Logger  // nil = silent
	Wait       time.Duration // how long a PostgreSQL that is down is waited for; 0 = one try

	sync func(*os.File) error // forces SQLite's log to the disk; nil = fdatasync
}

// DB is a database.
type DB struct {
	reader   *bun.DB
	writer   *bun.DB // the same on PostgreSQL
	engine   Engine
	migrated atomic.Bool
	prepare  bool    // tell pgx to keep statements with $1, $2 … prepared
	server   *server // of PostgreSQL
	file     *file   // of SQLite
	log      *slog.Logger
}

// Close closes every connection.
func (db *DB) Close() error {
	if db.writer == db.reader {
		return db.reader.Close()
	}
	return errors.Join(db.reader.Close(), db.writer.Close(), db.file.close())
}

// ScanRows puts all rows into dest, as Bun does, and closes them.
func (db *DB) ScanRows(ctx context.Context, rows *sql.Rows, dest ...any) error {
	return db.reader.ScanRows(ctx, rows, dest...)
}

// Collector collects the use of the connections for the metrics of a service; on SQLite, of the connections that read.
func (db *DB) Collector(service string) prometheus.Collector {
	return collectors.NewDBStatsCollector(db.reader.DB, service)
}

// Log is the database's logger, for adapters that log from their transactions.
func (db *DB) Log() *slog.Logger { return db.log }

// Engine is which database it is.
func (db *DB) Engine() Engine { return db.engine }

// Open connects to the database of a URL: postgres://…, postgresql+asyncpg://…, sqlite:///absolute/path, and the older
// sqlite+aiosqlite:///relative/path (////absolute/path). Its errors never show the password.
func Open(ctx context.Context, rawURL string, o Options) (*DB, error) {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.sync == nil {
		o.sync = fdatasync
	}
	engine, where, err := parseURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if engine == SQLite {
		return openSQLite(ctx, where, o)
	}
	return openPostgres(ctx, where, o)
}

func openPostgres(ctx context.Context, address string, o Options) (*DB, error) {
	config, err := parsePostgres(address)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if u, err := url.Parse(address); err != nil || !u.Query().Has("default_query_exec_mode") {
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 3 * time.Second
	}
	if _, set := config.RuntimeParams["timezone"]; !set { // a parameter that poolers know; they refuse others, see Migrate
		config.RuntimeParams["timezone"] = "UTC"
	}
	server := &server{}
	server.configure(config, address)
	there := &presence{log: o.Log}
	pool := sql.OpenDB(seen{
		stdlib.GetConnector(*config, stdlib.OptionAfterConnect(server.connected), stdlib.OptionResetSession(server.reuse)), there,
	})
	conns := cmp.Or(o.MaxConns, 16)
	pool.SetMaxOpenConns(conns)
	// Other processes share the server: after a burst idle connections are closed; a steady load keeps as many as it needs.
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(10 * time.Second)
	pool.SetConnMaxLifetime(time.Hour)
	if err := wait(ctx, pool, config, o); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	there.opened.Store(true)
	db := bun.NewDB(pool, pgdialect.New())
	return &DB{reader: db, writer: db, engine: Postgres, prepare: !o.Unprepared, server: server, log: o.Log}, nil
}

// asyncpgTLS: what is `ssl` in the URLs of the system before is `sslmode` here.
func asyncpgTLS(address string) string {
	u, err := url.Parse(address)
	if err != nil || !u.Query().Has("ssl") || u.Query().Has("sslmode") {
		return address
	}
	query := u.Query()
	query.Set("sslmode", query.Get("ssl"))
	query.Del("ssl")
	u.RawQuery = query.Encode()
	return u.String()
}

// Ready reports whether the database answers, takes writes and has this program's schema.
func (db *DB) Ready(ctx context.Context) error {
	if !db.migrated.Load() {
		return errors.New("database: schema not migrated")
	}
	if db.engine == Postgres {
		return db.readyPostgres(ctx)
	}
	if err := db.file.ready(); err != nil {
		return err
	}
	if db.file.refused.Load() {
		return db.tryWrite(ctx)
	}
	_, err := db.reader.DB.ExecContext(ctx, "SELECT 1")
	return Fault(err)
}

// tryWrite makes a table with more bytes than a request writes, and removes it. In one transaction SQLite would write almost
// nothing of it.
func (db *DB) tryWrite(ctx context.Context) error {
	const remove = "DROP TABLE IF EXISTS write_again"
	for _, statement := range []string{remove, "CREATE TABLE write_again AS SELECT zeroblob(200000) AS room", remove} {
		if _, err := db.Write().Exec(ctx, statement); err != nil {
			return Fault(err)
		}
	}
	db.file.refused.Store(false)
	return nil
}
