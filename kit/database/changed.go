package database

import (
	"context"
	"database/sql"
)

// Changed reports whether Exec changed a row: a conflict is no error of INSERT … ON CONFLICT DO NOTHING, so the count alone says
// it.
func Changed(result sql.Result, err error) (bool, error) {
	n, err := affected(result, err)
	return n > 0, err
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, Fault(err)
	}
	return result.RowsAffected()
}

const removeBatch = 1000

// RemoveAll calls remove until no row is left, and counts the removed rows. remove deletes up to limit rows, in one statement.
func RemoveAll(ctx context.Context, remove func(ctx context.Context, limit int) (int64, error)) (int64, error) {
	for total := int64(0); ; {
		n, err := remove(ctx, removeBatch)
		if total += n; err != nil || n < removeBatch {
			return total, err
		}
	}
}

// Removed runs a DELETE and returns how many rows it removed.
func (db *DB) Removed(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(db.Write().Exec(ctx, query, args...))
}
