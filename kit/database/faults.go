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
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tienda-go/tienda/kit/fault"
)

// Fault is what a driver's error means: fault.ErrNotFound for no rows, fault.ErrUnavailable for a database that is gone, busy or
// slow. A fault stays as it is, and so does everything else: a defect, fault.Internal.
func Fault(err error) error {
	if _, known := errors.AsType[*fault.Error](err); known {
		return err
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fault.ErrNotFound.New("No existe.").Because(err)
	case full(err):
		return fault.ErrUnavailable.New("La base de datos no admite más conexiones ahora. Repita la petición en unos segundos.").
			After(time.Second).Because(fmt.Errorf("%w: %w", errNoConnection, err))
	case forgotten(err):
		return unavailable(fmt.Errorf("%w: %w", errForgotten, err))
	case connectionLost(err), refused(err), overloaded(err),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return unavailable(err)
	}
	return err
}

func unavailable(cause error) error {
	return fault.ErrUnavailable.New("La base de datos no responde. Repita la petición en unos segundos.").
		After(time.Second).Because(cause)
}

func readOnly(cause error) error {
	return fault.ErrUnavailable.New("La base de datos no admite cambios ahora.").After(time.Second).Because(cause)
}

// connectionLost: there is no server, it is not ready, or it went away.
func connectionLost(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgerrcode.IsConnectionException(pg.Code) || isPostgres(err, pgerrcode.AdminShutdown, pgerrcode.CrashShutdown,
			pgerrcode.CannotConnectNow, pgerrcode.DatabaseDropped, pgerrcode.IdleSessionTimeout)
	}
	_, network := errors.AsType[net.Error](err) // also net.ErrClosed, and a syscall.Errno such as ECONNREFUSED or EPIPE
	return network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || isClosed(err)
}

// refused: the server refuses the connection. After the start that is temporary: a restore, or a change of the password.
func refused(err error) bool {
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok
}

// isClosed compares the text, because pgx has no error value for it.
func isClosed(err error) bool {
	return strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "sql: database is closed")
}

// overloaded: the server is up, but cannot do this now.
func overloaded(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgerrcode.IsInsufficientResources(pg.Code) || // connections, memory, disk
			isPostgres(err, pgerrcode.ReadOnlySQLTransaction, pgerrcode.IOError, pgerrcode.QueryCanceled, pgerrcode.LockNotAvailable,
				pgerrcode.IdleInTransactionSessionTimeout, transactionTimeout, pgerrcode.SerializationFailure, pgerrcode.DeadlockDetected)
	}
	return isSQLite(err, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL, // locking failed
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM) // no permission to write the file or its folder
}

// busy: another connection holds SQLite's lock.
func busy(err error) bool { return isSQLite(err, sqlite3.SQLITE_BUSY) }

// isSQLite reports whether err is SQLite's, with one of these primary codes.
func isSQLite(err error, codes ...int) bool {
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && slices.Contains(codes, lite.Code()&0xff)
}

// transactionTimeout is of PostgreSQL 17 and later.
const transactionTimeout = "25P04"

// repeatable: the transaction was rolled back for another try, or a connection from before a failover leads to a standby.
func repeatable(err error) bool {
	return isPostgres(err, pgerrcode.SerializationFailure, pgerrcode.DeadlockDetected, pgerrcode.ReadOnlySQLTransaction)
}

// isPostgres reports whether err is PostgreSQL's, with one of these codes.
func isPostgres(err error, codes ...string) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(codes, pg.Code)
}

// full: every connection is in use. When another instance is just stopping, its connections are soon free.
func full(err error) bool { return isPostgres(err, pgerrcode.TooManyConnections) }

// forgotten: a pooler has changed the server connection. The new one does not have the prepared statement, or has another
// statement under its name.
func forgotten(err error) bool {
	return isPostgres(err, pgerrcode.InvalidSQLStatementName, pgerrcode.DuplicatePreparedStatement)
}

// ViolationKind is which kind of constraint was violated.
type ViolationKind string

// The kinds.
const (
	Unique     ViolationKind = "unique"
	Check      ViolationKind = "check"
	ForeignKey ViolationKind = "foreign_key"
)

// SQLite writes "UNIQUE constraint failed: index 'name'" (on an expression), or columns, and "CHECK constraint failed: name".
var sqliteConstraint = regexp.MustCompile(`(?:UNIQUE|CHECK|FOREIGN KEY) constraint failed: (?:index ')?([^'()]+)`)

// Violation returns the constraint that err is about: its name on PostgreSQL; on SQLite the name of a CHECK or of an index on an
// expression, and for other unique indexes the columns, as "table.column" or "table.column, table.other".
func Violation(err error) (constraint string, kind ViolationKind, ok bool) {
	if pg, found := errors.AsType[*pgconn.PgError](err); found {
		kind, ok = map[string]ViolationKind{
			pgerrcode.UniqueViolation: Unique, pgerrcode.CheckViolation: Check, pgerrcode.ForeignKeyViolation: ForeignKey,
		}[pg.Code]
		return pg.ConstraintName, kind, ok
	}
	lite, found := errors.AsType[*sqlite.Error](err)
	if !found {
		return "", "", false
	}
	kind, ok = map[int]ViolationKind{
		sqlite3.SQLITE_CONSTRAINT_UNIQUE: Unique, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Unique, sqlite3.SQLITE_CONSTRAINT_ROWID: Unique,
		sqlite3.SQLITE_CONSTRAINT_CHECK: Check, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ForeignKey,
	}[lite.Code()]
	if parts := sqliteConstraint.FindStringSubmatch(err.Error()); parts != nil {
		constraint = strings.TrimSpace(parts[1])
	}
	return constraint, kind, ok
}
