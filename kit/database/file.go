package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
	"time"

	"modernc.org/sqlite"

	"github.com/tienda-go/tienda/kit/fault"
)

// file is SQLite's database file as it was opened. SQLite works on with a file that was removed or replaced under it, and what
// it acknowledges then is gone when the process ends.
type file struct {
	path     string
	opened   os.FileInfo
	presence *presence
}

func watchFile(path string, log *slog.Logger) (*file, error) {
	opened, err := os.Stat(path)
	f := &file{path: path, opened: opened, presence: &presence{log: log}}
	f.presence.opened.Store(true)
	return f, err
}

// there reports fault.ErrUnavailable when the path leads to another file than the one that is open. It costs a microsecond.
func (f *file) there() error {
	now, err := os.Stat(f.path)
	if err == nil && os.SameFile(f.opened, now) {
		f.presence.saw(nil)
		return nil
	}
	cause := fmt.Errorf("the database file %s was replaced while it was open; put the former one back, or restart the service", f.path)
	if errors.Is(err, fs.ErrNotExist) {
		cause = fmt.Errorf("the database file %s was removed while it was open; put it back, or restart the service", f.path)
	} else if err != nil {
		cause = fmt.Errorf("look for the database file: %w", err)
	}
	f.presence.saw(cause)
	return fault.ErrUnavailable.New("La base de datos no responde. Repita la petición en unos segundos.").After(time.Second).Because(cause)
}

// ready asks for the right to write without opening the file: closing it would drop SQLite's own locks on it (POSIX).
func (f *file) ready() error {
	if err := f.there(); err != nil {
		return err
	}
	const write = 2 // W_OK of access(2)
	if err := syscall.Access(f.path, write); err != nil {
		return fault.ErrUnavailable.New("La base de datos no admite cambios ahora.").After(time.Second).
			Because(fmt.Errorf("the database file %s cannot be written: %w", f.path, err))
	}
	return nil
}

// Connect and Driver make a file the connector of a pool.
func (c connector) Connect(context.Context) (driver.Conn, error) {
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
	return conn{full, c.file}, nil
}

func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

type connector struct {
	source string
	file   *file
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

// conn does nothing, and acknowledges nothing, once its file is no longer where it was opened. It is not closed then: SQLite
// would remove the journal that by its name belongs to the new file.
type conn struct {
	sqliteConn
	file *file
}

// Close leaves a connection whose file has moved to the end of the process.
func (c conn) Close() error {
	if c.file.there() != nil {
		return nil
	}
	return c.sqliteConn.Close()
}

func (c conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.file.there(); err != nil {
		return nil, err
	}
	inner, err := c.sqliteConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return tx{inner, c.file}, nil
}

func (c conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.file.there(); err != nil {
		return nil, err
	}
	result, err := c.sqliteConn.ExecContext(ctx, query, args)
	if err == nil {
		err = c.file.there()
	}
	return result, err
}

func (c conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.file.there(); err != nil {
		return nil, err
	}
	return c.sqliteConn.QueryContext(ctx, query, args)
}

func (c conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.file.there(); err != nil {
		return nil, err
	}
	return c.sqliteConn.PrepareContext(ctx, query)
}

type tx struct {
	driver.Tx
	file *file
}

// Commit does not say done of what went into a file that is gone.
func (t tx) Commit() error {
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	return t.file.there()
}
