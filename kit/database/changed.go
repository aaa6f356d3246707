package database

import (
	"database/sql"
	"fmt"
)

// Changed reports whether a statement changed a row: Changed(tx.Exec(ctx, …)). An INSERT … ON CONFLICT DO NOTHING that conflicts
// is no error, so the count alone says whether it stored its row.
func Changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, Fault(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("count changed rows: %w", err)
	}
	return n > 0, nil
}
