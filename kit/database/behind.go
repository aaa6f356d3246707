package database

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

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
