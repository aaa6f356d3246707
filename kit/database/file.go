package database

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// file is SQLite's database file as it was opened. SQLite uses it on after it was removed or replaced, and loses those commits.
type file struct {
	path     string
	opened   os.FileInfo
	presence *presence
	log      *os.File // SQLite writes commits into it; it lies beside the file
	commits  *commits
	refused  atomic.Bool // a statement has found the disk full or broken, and tryWrite has not written since
}

const mend = "name a file that this user may write, in a folder that exists or that it may make"

// makeFile makes the file if it does not exist, and remembers which file it is.
func makeFile(path string, log *slog.Logger) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("%w; %s", err, mend)
	}
	made, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, mend)
	}
	opened, err := made.Stat()
	f := &file{path: path, opened: opened, presence: &presence{log: log}, commits: &commits{}}
	f.presence.opened.Store(true)
	return f, errors.Join(err, made.Close())
}

// there returns fault.ErrUnavailable when the path is no longer that of the open file, or a commit is not durable. It takes 1 µs.
func (f *file) there() error {
	now, err := os.Stat(f.path)
	switch {
	case err == nil && os.SameFile(f.opened, now):
		err = f.commits.failure()
	case err == nil:
		err = unavailable(fmt.Errorf("the database file %s was replaced while it was open; "+
			"put the former one back, or restart the service", f.path))
	case errors.Is(err, fs.ErrNotExist):
		err = unavailable(fmt.Errorf("the database file %s was removed while it was open; "+
			"put it back, or restart the service", f.path))
	default:
		err = unavailable(fmt.Errorf("look for the database file: %w", err))
	}
	f.presence.saw(err)
	return err
}

// saw looks at the outcome of a statement: on a full or broken disk every write may fail while every read succeeds.
func (f *file) saw(err error) {
	if isSQLite(err, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) {
		f.refused.Store(true)
	}
}

// ready checks the permission to write without opening the file: closing it would drop SQLite's own locks on it (POSIX).
func (f *file) ready() error {
	if err := f.there(); err != nil {
		return err
	}
	const write = 2 // W_OK of access(2)
	if err := syscall.Access(f.path, write); err != nil {
		return readOnly(fmt.Errorf("the database file %s cannot be written: %w", f.path, err))
	}
	return nil
}
