package database

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// file is SQLite's database file as it was opened. SQLite keeps using a file after it was removed or replaced, and what it
// commits then is lost when the process ends.
type file struct {
	path     string
	opened   os.FileInfo
	presence *presence
	log      *os.File // SQLite writes commits into it; it lies beside the file
	commits  *commits
}

func watchFile(path string, log *slog.Logger) (*file, error) {
	opened, err := os.Stat(path)
	f := &file{path: path, opened: opened, presence: &presence{log: log}, commits: &commits{}}
	f.presence.opened.Store(true)
	return f, err
}

// there returns fault.ErrUnavailable when the path is no longer that of the open file, or when a commit could not be forced to
// the disk. It takes a microsecond.
func (f *file) there() error {
	now, err := os.Stat(f.path)
	if err == nil && os.SameFile(f.opened, now) {
		err := f.commits.failure()
		f.presence.saw(err)
		return err
	}
	cause := fmt.Errorf("the database file %s was replaced while it was open; "+
		"put the former one back, or restart the service", f.path)
	if errors.Is(err, fs.ErrNotExist) {
		cause = fmt.Errorf("the database file %s was removed while it was open; put it back, or restart the service", f.path)
	} else if err != nil {
		cause = fmt.Errorf("look for the database file: %w", err)
	}
	f.presence.saw(cause)
	return fault.ErrUnavailable.New("La base de datos no responde. Repita la petición en unos segundos.").
		After(time.Second).Because(cause)
}

// ready checks the permission to write without opening the file: closing it would drop SQLite's own locks on it (POSIX).
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
