package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tienda-go/tienda/kit/fault"
)

// startWait is how long a service waits for a PostgreSQL that is down when it starts.
const startWait = 2 * time.Minute

// Step is a part of a service's start that needs the database, and is safe to repeat.
type Step func(ctx context.Context, db *DB) error

// OpenMigrated is Open, Migrate and the steps, for the start of a service: it waits up to two minutes for a PostgreSQL that is
// down, goes down, or takes no writes. The returned function closes the database.
func OpenMigrated(ctx context.Context, rawURL string, o Options, migrations fs.FS, steps ...Step) (*DB, func(), error) {
	o.Wait = startWait
	db, err := Open(ctx, rawURL, o)
	if err != nil {
		return nil, nil, err
	}
	closeDB := func() {
		if err := db.Close(); err != nil {
			db.log.Warn("close database", "error", err)
		}
	}
	// The migration is one transaction: when its outcome is unknown, another try finds it done or does it.
	migrate := func(ctx context.Context, db *DB) error { return db.Migrate(ctx, migrations) }
	for _, step := range append([]Step{migrate}, steps...) {
		if err := RetryStep(ctx, db.log, func(ctx context.Context) error { return step(ctx, db) }); err != nil {
			closeDB()
			return nil, nil, err
		}
	}
	return db, closeDB, nil
}

// RetryStep runs a step of a service's start, which is safe to repeat, each second for two minutes while the database is away. A
// pooler that loses prepared statements ends it at once.
func RetryStep(ctx context.Context, log *slog.Logger, step func(ctx context.Context) error) error {
	said := ""
	for deadline := time.Now().Add(startWait); ; {
		err := step(ctx)
		if errors.Is(err, errForgotten) { // the pooler would lose the next statement too
			return errForgotten
		}
		if fault.CodeOf(err) != fault.Unavailable || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		if text := err.Error(); text != said {
			log.Warn("database unavailable at the start: trying again", "error", err)
			said = text
		}
		pause(ctx)
	}
}

func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
}

// wait tries each second until the server answers, and logs each new error message. It returns an error that waiting cannot mend.
func wait(ctx context.Context, pool *sql.DB, config *pgx.ConnConfig, o Options) error {
	address := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	said := ""
	for deadline := time.Now().Add(o.Wait); ; {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := pool.PingContext(attempt)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("connect to PostgreSQL at %s: %w", address, ctx.Err())
		case incurable(err):
			return fmt.Errorf("PostgreSQL at %s refuses: %s%s", address, words(err, config.Password), hint(err))
		}
		reason := reason(err, config.Password)
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL at %s: %s", address, reason)
		}
		if reason != said {
			o.Log.Warn("waiting for PostgreSQL", "address", address, "reason", reason)
			said = reason
		}
		pause(ctx)
	}
}

// incurable reports whether a running server refuses what the URL says: it would refuse it again.
func incurable(err error) bool {
	return hint(err) != "" || !connectionLost(err) && !full(err) && !errors.Is(err, errReadOnly)
}

func reason(err error, password string) string {
	switch {
	case full(err):
		return fmt.Sprintf("%s (%s)", errNoConnection, words(err, password))
	case errors.Is(err, errReadOnly):
		return errReadOnly.Error()
	}
	return "it does not answer: " + words(err, password)
}

// words is the error message of PostgreSQL, a pooler or the network about a connection, on one line and without the password.
func words(err error, password string) string {
	text := err.Error()
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		text = pg.Error()
	} else if connect, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		text = connect.Unwrap().Error()
	}
	if password != "" {
		text = strings.ReplaceAll(text, password, "[redacted]")
	}
	return strings.Join(strings.Fields(text), " ")
}

// hints say how to mend what waiting does not mend, by PostgreSQL's code. pgbouncer 1.18 has only 08P01: there the words differ.
// A hint without codes is for its words, with every code and with none.
var hints = []struct {
	codes []string
	words *regexp.Regexp
	mend  string
}{
	{nil, regexp.MustCompile(`unsupported startup parameter`),
		"a pooler is in front of PostgreSQL; take the parameter out of the URL, or name it in pgbouncer's ignore_startup_parameters"},
	{nil, regexp.MustCompile(`permission denied to set parameter`), mendParameter},
	{nil, regexp.MustCompile(`server refused TLS`),
		"turn TLS on at the server (ssl = on) or, where the network between is safe, set sslmode=disable in the URL"},
	{nil, regexp.MustCompile(`failed to verify certificate`),
		"set sslrootcert in the URL to the file of the authority that signed the server's certificate, and the host to a name in it"},
	{nil, regexp.MustCompile(`not in hot standby mode|connection is not read only`), mendAttrs},
	{nil, regexp.MustCompile(`channel binding|require_auth`),
		"mend channel_binding or require_auth of the URL, or take it out: the server's pg_hba.conf says how the role logs in"},
	{nil, regexp.MustCompile(`pg_hba\.conf`),
		"add a line for this role, database and address to the server's pg_hba.conf; when it has a line for TLS alone (hostssl), " +
			"set sslmode=require in the URL"},
	{nil, regexp.MustCompile(`not currently accepting connections`),
		"open the database: ALTER DATABASE name ALLOW_CONNECTIONS true; or mend the name in the URL"},
	{[]string{pgerrcode.UndefinedObject, pgerrcode.InvalidParameterValue, pgerrcode.CantChangeRuntimeParam}, nil, mendParameter},
	{[]string{pgerrcode.InvalidPassword, pgerrcode.InvalidAuthorizationSpecification},
		regexp.MustCompile(`authentication failed|no such user|role ".*" does not exist`),
		"mend the user or the password of the URL, or make the role: CREATE ROLE name LOGIN PASSWORD '…'"},
	{[]string{pgerrcode.InvalidCatalogName}, regexp.MustCompile(`database ".*" does not exist|no such database`),
		"mend the name in the URL, or make the database: CREATE DATABASE name OWNER role"},
	{[]string{pgerrcode.InvalidSchemaName}, nil,
		"mend search_path, in the URL or of the role, or make the schema: CREATE SCHEMA name AUTHORIZATION role"},
	{[]string{pgerrcode.InsufficientPrivilege}, nil,
		"make the role of the URL the owner of the database: ALTER DATABASE name OWNER TO role"},
}

const (
	mendParameter = "mend this parameter in the URL, or take it out"
	mendAttrs     = "set target_session_attrs in the URL to read-write, or take it out: a service needs a server that takes writes"
)

// hint is how to mend a refusal, with a semicolon before it; "" for other errors.
func hint(err error) string {
	text, code := err.Error(), ""
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if ok {
		text, code = pg.Message, pg.Code
	}
	for _, h := range hints {
		says := h.words != nil && (h.codes == nil || code == pgerrcode.ProtocolViolation) && h.words.MatchString(text)
		if says || slices.Contains(h.codes, code) {
			return "; " + h.mend
		}
	}
	return ""
}
