package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tienda-go/tienda/kit/fault"
)

// Fault says what a driver's error means: fault.ErrNotFound for no rows, fault.ErrUnavailable for a database that is gone,
// busy or too slow. A fault stays as it is, and so does everything else: a defect, fault.Internal.
func Fault(err error) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return fault.ErrNotFound.New("No existe.").Because(err)
	case full(err):
		return fault.ErrUnavailable.New("La base de datos no admite más conexiones ahora. Repita la petición en unos segundos.").
			After(time.Second).Because(fmt.Errorf("%w: %w", errNoConnection, err))
	case forgotten(err):
		return fault.ErrUnavailable.New("La base de datos no responde. Repita la petición en unos segundos.").After(time.Second).
			Because(fmt.Errorf("%w: %w", errForgotten, err))
	case connectionLost(err), refused(err), overloaded(err), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fault.ErrUnavailable.New("La base de datos no responde. Repita la petición en unos segundos.").After(time.Second).Because(err)
	}
	return err
}

// connectionLost: there is no server, it is not ready, or it went away.
func connectionLost(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// Class 08: connection exception. 57P01–57P03: shutdown, crash of another session, starting up.
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P")
	}
	var network net.Error
	var operation *net.OpError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.As(err, &network) || errors.As(err, &operation) || isClosed(err)
}

// refused: a server is there and does not let us in. That is an error at the start; later it is a database that is being
// restored, or a password that is being changed, and heals.
func refused(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect)
}

// isClosed: pgx says so in words only.
func isClosed(err error) bool {
	return strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "sql: database is closed")
}

// overloaded: the server is there, and cannot take this now.
func overloaded(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case readOnlyTransaction, "58030": // a server that takes no writes; one that cannot read or write its disk
			return true
		case "57014", "55P03", "25P03", "25P04", "40001", "40P01":
			return true // canceled by a timeout, lock not available, idle or too long in a transaction, serialization failure, deadlock
		}
		return strings.HasPrefix(pg.Code, "53") // insufficient resources: connections, memory, disk
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL:
			return true // the file or its folder may not be written now; locking failed
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_INTERRUPT:
			return true
		}
	}
	return false
}

// busy: another connection holds SQLite's lock.
func busy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// readOnlyTransaction: the server takes no writes. On a connection that was opened before a failover it may be the wrong one.
const readOnlyTransaction = "25006"

// repeatable: the database rolled the transaction back and asks for another try, or another connection may lead to a server
// that takes writes.
func repeatable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || pg.Code == readOnlyTransaction)
}

// full: every connection is taken; those of another instance that is going are free in a moment.
func full(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "53300"
}

// forgotten: the server does not know a statement that was prepared, or has it already: a pooler has given this client another
// connection in between.
func forgotten(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "26000" || pg.Code == "42P05")
}

// ViolationKind is which kind of constraint was violated.
type ViolationKind string

// The kinds.
const (
	Unique     ViolationKind = "unique"
	Check      ViolationKind = "check"
	ForeignKey ViolationKind = "foreign_key"
)

// SQLite tells the constraint in words: "UNIQUE constraint failed: index 'name'" for an index on an expression, or its
// columns, and "CHECK constraint failed: name".
var sqliteConstraint = regexp.MustCompile(`(?:UNIQUE|CHECK|FOREIGN KEY) constraint failed: (?:index ')?([^'()]+)`)

// Violation tells which constraint err is about: its name on PostgreSQL; on SQLite the name of a CHECK or of an index on an
// expression, and for other unique indexes the columns, as "table.column" or "table.column, table.other".
func Violation(err error) (constraint string, kind ViolationKind, ok bool) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		kind, ok = map[string]ViolationKind{"23505": Unique, "23514": Check, "23503": ForeignKey}[pg.Code]
		return pg.ConstraintName, kind, ok
	}
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return "", "", false
	}
	kind, ok = map[int]ViolationKind{
		sqlite3.SQLITE_CONSTRAINT_UNIQUE: Unique, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Unique, sqlite3.SQLITE_CONSTRAINT_ROWID: Unique,
		sqlite3.SQLITE_CONSTRAINT_CHECK: Check, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ForeignKey,
	}[lite.Code()]
	if found := sqliteConstraint.FindStringSubmatch(err.Error()); found != nil {
		constraint = strings.TrimSpace(found[1])
	}
	return constraint, kind, ok
}
