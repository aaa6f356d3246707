package database

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// maxTries is how often a statement is sent when PostgreSQL has read nothing of it, as database/sql does.
const maxTries = 3

// Each calls row for every row of a statement with $1, $2 …; scan reads the row, as sql.Rows has it. It is Query for hot reads:
// on PostgreSQL pgx writes each column where it belongs, while database/sql allocates every value twice. Until Each returns, its
// connection is taken: row must not ask the database.
func (r Reader) Each(ctx context.Context, query string, args []any, row func(scan func(dest ...any) error) error) error {
	if r.on.postgres != nil {
		return eachNative(ctx, r.on.postgres, query, r.on.keep(args), row)
	}
	rows, err := r.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func eachNative(ctx context.Context, pool *sql.DB, query string, args []any, row func(func(...any) error) error) error {
	return native(ctx, pool, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		return scanAll(rows, row)
	})
}

// native gives fn a connection as pgx has it, and another one when PostgreSQL has read nothing of what fn sent.
func native(ctx context.Context, pool *sql.DB, fn func(conn *pgx.Conn) error) (err error) {
	for range maxTries {
		err = nativeOnce(ctx, pool, fn)
		if !pgconn.SafeToRetry(err) {
			return err
		}
	}
	return err
}

func nativeOnce(ctx context.Context, pool *sql.DB, fn func(conn *pgx.Conn) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driverConn any) error {
		inner, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("database: a connection of type %T is not pgx's", driverConn)
		}
		return fn(inner.Conn())
	})
}

func scanAll(rows pgx.Rows, row func(func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
