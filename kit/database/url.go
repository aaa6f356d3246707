package database

import (
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// CheckURL says what is wrong with a URL that Open would refuse, without opening anything; nil for a good one.
func CheckURL(rawURL string) error {
	engine, where, err := parseURL(rawURL)
	if err == nil && engine == Postgres {
		_, err = parsePostgres(where)
	}
	return err
}

// parseURL returns the engine of a URL, and where the database is: an address for PostgreSQL, a path for SQLite.
func parseURL(rawURL string) (engine Engine, where string, err error) {
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if !ok {
		return "", "", errors.New("must be like postgres://user:password@host:5432/name or sqlite:///path/to/file.db")
	}
	switch strings.ToLower(scheme) {
	case "postgres", "postgresql", "postgresql+asyncpg":
		return Postgres, "postgres://" + rest, nil
	case "sqlite":
		if !strings.HasPrefix(rest, "/") {
			return "", "", errors.New("must have an absolute path after sqlite://, like sqlite:///path/to/file.db")
		}
	case "sqlite+aiosqlite":
		rest = strings.TrimPrefix(rest, "/")
	default:
		// The error must not quote the scheme: in a broken URL, that part may hold the password.
		return "", "", errors.New("has a scheme that is not known; " +
			"use postgres://user:password@host:5432/name or sqlite:///path/to/file.db")
	}
	path, _, _ := strings.Cut(rest, "?")
	if path == "" || strings.Contains(path, ":memory:") {
		return "", "", errors.New("must name a file, like sqlite:///path/to/file.db; :memory: is another database on every connection")
	}
	// SQLite reads an address that begins with two slashes as one of another machine. The system before wrote four before a path.
	return SQLite, filepath.Clean(path), nil
}

// parsePostgres reads an address; the library's own error would show the password.
func parsePostgres(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(asyncpgTLS(address))
	if err != nil {
		return nil, errors.New("cannot be read; it must be like postgres://user:password@host:5432/name, " +
			"with the special characters of the password percent-encoded, with values of parameters that PostgreSQL's clients know, " +
			"such as sslmode=require or connect_timeout=5, and with files for TLS that exist")
	}
	u, err := url.Parse(address)
	if err == nil && slices.Contains([]string{"standby", "prefer-standby", "read-only"}, u.Query().Get("target_session_attrs")) {
		return nil, errors.New("asks for a server that takes no writes; " + mendAttrs)
	}
	const readOnly = "default_transaction_read_only"
	if slices.Contains([]string{"on", "true", "yes", "1"}, strings.ToLower(config.RuntimeParams[readOnly])) {
		return nil, errors.New("refuses its own writes; set " + readOnly + " in it to off, or take it out")
	}
	return config, nil
}
