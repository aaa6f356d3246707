package database

import "context"

// removeBatch is how many rows one statement removes.
const removeBatch = 1000

// RemoveAll calls remove until no row is left, and returns how many rows were removed. remove deletes up to limit rows: one
// statement of bounded length at a time.
func RemoveAll(ctx context.Context, remove func(ctx context.Context, limit int) (int64, error)) (int64, error) {
	total := int64(0)
	for {
		n, err := remove(ctx, removeBatch)
		if total += n; err != nil || n < removeBatch {
			return total, err
		}
	}
}

// Removed runs a DELETE and returns how many rows it removed.
func (db *DB) Removed(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := db.Write().Exec(ctx, query, args...)
	if err != nil {
		return 0, Fault(err)
	}
	return result.RowsAffected()
}
