package database

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
)

const (
	sqliteReaders  = 8   // connections that read; one more writes
	maxIdleWriters = 64  // of the pool that writes: they wait for their turn, and cost nothing
	maxKept        = 128 // prepared statements of a connection
)

func openSQLite(ctx context.Context, path string, o Options) (*DB, error) {
	watched, err := makeFile(path, o.Log)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if _, err := sqlite.Fdatasync(true); err != nil && !errors.Is(err, sqlite.ErrFdatasyncUnavailable) {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	// _txlock=immediate: a transaction that reads first and writes later would fail with "busy" instead of waiting. _timezone: in
	// UTC the text of times sorts as the times do. synchronous=NORMAL: commits forces commits to the disk.
	query := url.Values{
		"_txlock":      {"immediate"},
		"_time_format": {"sqlite"},
		"_timezone":    {"UTC"},
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(ON)",
			"cache_size(-16384)", "temp_store(MEMORY)"},
	}
	source := func() string { return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode() }
	single := &writer{connector: connector{source(), watched}, busy: make(chan struct{}, 1)}
	writers, err := openPool(ctx, single)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w; name a file of SQLite, or one that does not exist yet", path, err)
	}
	query.Add("_pragma", "query_only(ON)")
	readers, err := openPool(ctx, reader{connector{source(), watched}})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), writers.Close())
	}
	writers.SetMaxIdleConns(maxIdleWriters)
	readers.SetMaxOpenConns(sqliteReaders)
	readers.SetMaxIdleConns(sqliteReaders)
	if err := watched.openLog(o.sync); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), readers.Close(), writers.Close())
	}
	return &DB{
		reader: bun.NewDB(readers, sqlitedialect.New()), writer: bun.NewDB(writers, sqlitedialect.New()),
		engine: SQLite, file: watched, log: o.Log,
	}, nil
}

func openPool(ctx context.Context, source driver.Connector) (*sql.DB, error) {
	pool := sql.OpenDB(source)
	// When several connections turn a new file to WAL at once, SQLite refuses all but one: busy_timeout has no effect.
	for deadline := time.Now().Add(5 * time.Second); ; {
		err := pool.PingContext(ctx)
		if err == nil {
			return pool, nil
		}
		if !busy(err) || time.Now().After(deadline) {
			return nil, errors.Join(err, pool.Close())
		}
		time.Sleep(rand.N(10 * time.Millisecond))
	}
}

type connector struct {
	source string
	file   *file
}

func (c connector) open() (*conn, error) {
	if err := c.file.there(); err != nil {
		return nil, err
	}
	inner, err := (&sqlite.Driver{}).Open(c.source)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("sqlite: connection of type %T", inner), inner.Close())
	}
	return &conn{sqliteConn: full, file: c.file, kept: map[string]*statement{}}, nil
}

func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

type reader struct{ connector }

func (r reader) Connect(context.Context) (driver.Conn, error) {
	c, err := r.open()
	if err != nil {
		return nil, err
	}
	return reading{c}, nil
}

// reading is a connection that waits until the data that it has read is durable. The first row fixes what a statement reads.
type reading struct{ *conn }

func (r reading) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	found, err := r.conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if err := r.file.commits.settled(ctx); err != nil {
		return nil, errors.Join(err, found.Close())
	}
	return found, nil
}

// sqliteConn is what database/sql uses of a connection of modernc's.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn refuses statements once its file has moved. It is not closed then: SQLite would remove the journal of the new file.
type conn struct {
	sqliteConn
	file *file
	kept map[string]*statement // by text, because SQLite would parse a text at every call
}

// Close does not close a connection whose file has moved: it lives until the process ends.
func (c *conn) Close() error {
	if c.file.there() != nil {
		return nil
	}
	for _, s := range c.kept {
		_ = s.Close() // what is wrong with it was said when it ran
	}
	return c.sqliteConn.Close()
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.file.there(); err != nil {
		return nil, err
	}
	return c.sqliteConn.BeginTx(ctx, opts)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (_ driver.Result, err error) {
	defer func() { c.file.saw(err) }()
	if err := c.file.there(); err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	return result, errors.Join(err, s.release())
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (_ driver.Rows, err error) {
	defer func() { c.file.saw(err) }()
	if err := c.file.there(); err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.release())
	}
	return &rows{Rows: found, file: c.file, ended: s.release}, nil
}

// prepared is the statement of a text: the kept statement, or another one while the kept one has open rows.
func (c *conn) prepared(ctx context.Context, query string) (*statement, error) {
	known := c.kept[query]
	if known != nil && !known.used {
		known.used = true
		return known, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	full, ok := prepared.(sqliteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("sqlite: statement of type %T", prepared), prepared.Close())
	}
	s := &statement{sqliteStmt: full, used: true, kept: known == nil}
	if s.kept {
		c.makeRoom()
		c.kept[query] = s
	}
	return s, nil
}

func (c *conn) makeRoom() {
	if len(c.kept) < maxKept {
		return
	}
	for query, s := range c.kept {
		if !s.used {
			_ = s.Close() // what is wrong with it was said when it ran
			delete(c.kept, query)
			return
		}
	}
}

// sqliteStmt is what is used of a statement of modernc's.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type statement struct {
	sqliteStmt
	used, kept bool
}

func (s *statement) release() error {
	s.used = false
	if s.kept {
		return nil
	}
	return s.Close()
}

// rows calls a function once, after the last row or when closed. database/sql drops an error of that Close, so Next returns it.
type rows struct {
	driver.Rows
	file  *file
	ended func() error
	over  bool
}

func (r *rows) Next(dest []driver.Value) error {
	if r.over {
		return io.EOF
	}
	err := r.Rows.Next(dest)
	if errors.Is(err, io.EOF) {
		return cmp.Or(r.Close(), io.EOF)
	}
	r.file.saw(err) // a statement that returns rows may commit after the last one
	return err
}

func (r *rows) Close() error {
	if r.over {
		return nil
	}
	r.over = true
	return errors.Join(r.Rows.Close(), r.ended())
}
