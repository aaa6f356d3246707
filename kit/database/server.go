package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// errNoConnection says why PostgreSQL accepts no further connection.
var errNoConnection = errors.New("PostgreSQL has no connection left for this service: lower DB_MAX_CONNS of the services that " +
	"share the server, or raise its max_connections")

// errForgotten says what to change when a pooler loses prepared statements.
var errForgotten = errors.New("PostgreSQL does not know a prepared statement: " +
	"behind a pooler in transaction mode set DB_PREPARE=false")

// errReadOnly is about a server that takes no writes: a standby, a demoted primary, or a server set to be read-only.
var errReadOnly = errors.New("PostgreSQL takes no writes here: it is a standby, or it is set to be read-only")

// openedAt is the key under which a connection keeps the time when it was opened.
const openedAt = "tienda.opened_at"

// server remembers when this process found that its connections lead to a server that takes no writes. Older connections are
// closed before they are used again: else the pool would keep them long after the server, or the address, has changed.
type server struct{ readOnlyAt atomic.Int64 }

func (s *server) distrust() { s.readOnlyAt.Store(time.Now().UnixNano()) }

func (s *server) configure(config *pgx.ConnConfig, address string) {
	u, err := url.Parse(address)
	if err != nil || !u.Query().Has("target_session_attrs") {
		config.ValidateConnect = writable // with several hosts, this also finds the primary
	}
	standard := config.OnPgError
	config.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		if err.Code == pgerrcode.ReadOnlySQLTransaction {
			s.distrust()
			return false
		}
		return standard == nil || standard(conn, err)
	}
}

// writable is target_session_attrs=read-write with an error that says what is wrong.
func writable(ctx context.Context, conn *pgconn.PgConn) error {
	err := pgconn.ValidateConnectTargetSessionAttrsReadWrite(ctx, conn)
	if errors.Is(err, pgconn.ErrReadOnlyConnection) {
		return fmt.Errorf("%w: %w", errReadOnly, err)
	}
	return err
}

func (s *server) connected(_ context.Context, conn *pgx.Conn) error {
	conn.PgConn().CustomData()[openedAt] = time.Now().UnixNano()
	conn.TypeMap().RegisterType(&pgtype.Type{ // else pgx would give times in the zone of the machine
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// reuse refuses a connection that is older than the last finding that the server takes no writes.
func (s *server) reuse(_ context.Context, conn *pgx.Conn) error {
	if opened, ok := conn.PgConn().CustomData()[openedAt].(int64); ok && opened <= s.readOnlyAt.Load() {
		return driver.ErrBadConn
	}
	return nil
}

// readyPostgres checks whether the database takes writes.
func (db *DB) readyPostgres(ctx context.Context) error {
	var refuses bool
	err := db.reader.DB.QueryRowContext(ctx, "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool").
		Scan(&refuses)
	if err != nil {
		return Fault(err)
	}
	if refuses {
		db.server.distrust()
		return readOnly(errReadOnly)
	}
	return nil
}

// presence logs once that the database went away, and once that it is back, even when many requests see it.
type presence struct {
	log    *slog.Logger
	opened atomic.Bool // before that, wait logs
	away   atomic.Bool
}

func (p *presence) saw(err error) {
	switch {
	case !p.opened.Load():
	case err != nil && !p.away.Swap(true):
		p.log.Warn("database unavailable: requests that need it get 503", "error", err)
	case err == nil && p.away.Load() && p.away.Swap(false):
		p.log.Info("database available again")
	}
}

// seen is a connector that notes from each connection whether the server is there.
type seen struct {
	driver.Connector
	presence *presence
}

// A connection that fails sooner, because its request has no time left, is no sign that the server is down.
const fairConnect = time.Second

// Connect implements driver.Connector. A server without a free connection is up; the log line of each request has its refusal.
func (s seen) Connect(ctx context.Context) (driver.Conn, error) {
	start := time.Now()
	conn, err := s.Connector.Connect(ctx)
	hasty := ctx.Err() != nil && time.Since(start) < fairConnect
	if !errors.Is(err, context.Canceled) && !full(err) && !hasty {
		s.presence.saw(err)
	}
	return conn, err
}
