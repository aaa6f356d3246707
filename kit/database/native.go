package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// maxTries is how often a statement is sent when PostgreSQL has read nothing of it, as database/sql does.
const maxTries = 3

// Each is Query for hot reads: it calls row for every row, which scan reads, as sql.Rows has it. On PostgreSQL database/sql would
// allocate every value twice, and pgx does not. Until Each returns, its connection is taken: row must not ask the database.
func (r Reader) Each(ctx context.Context, query string, args []any, row func(scan func(dest ...any) error) error) error {
	if r.on.postgres != nil {
		return native(ctx, r.on.postgres, func(conn *pgx.Conn) error {
			rows, err := conn.Query(ctx, query, r.on.keep(args)...)
			if err != nil {
				return err
			}
			return scanAll(rows, row)
		})
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

// Behind takes an advisory lock and runs a statement with $1, $2 …, as one transaction in one round trip, and calls row for every
// row. The statement sees all that was committed before it got the lock; a statement that takes the lock itself does not. It is
// for PostgreSQL, and not for a Writer of InTx. A commit with an unknown outcome is an error, as it is of InTx.
func (w Writer) Behind(
	ctx context.Context, lock int64, query string, args []any, row func(scan func(dest ...any) error) error,
) error {
	if w.on.postgres == nil {
		return errors.New("database: Behind is for PostgreSQL, outside of a transaction")
	}
	return native(ctx, w.on.postgres, func(conn *pgx.Conn) (err error) {
		if w.on.prepare { // once a connection; a batch does not do it by itself
			if _, err := conn.Prepare(ctx, query, query); err != nil {
				return err
			}
		}
		batch := &pgx.Batch{}
		batch.Queue(`SELECT pg_advisory_xact_lock($1)`, lock)
		batch.Queue(query, args...)
		results := conn.SendBatch(ctx, batch)
		defer func() { err = errors.Join(err, results.Close()) }() // the commit
		if _, err := results.Exec(); err != nil {
			return err
		}
		rows, err := results.Query()
		if err != nil {
			return err
		}
		return scanAll(rows, row)
	})
}

// native gives fn a connection as pgx has it, and another one when PostgreSQL has read nothing of what fn sent.
func native(ctx context.Context, pool *sql.DB, fn func(conn *pgx.Conn) error) (err error) {
	for range maxTries {
		if err = nativeOnce(ctx, pool, fn); !pgconn.SafeToRetry(err) {
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
