package database

import (
	"context"
	"log/slog"
	"time"
)

const (
	cleanEvery = 10 * time.Minute
	cleanBatch = 1000
)

// Clean removes rows that are no longer needed, at once and then every ten minutes until ctx ends. remove deletes up to limit
// rows and returns how many: one statement of bounded length at a time. Each instance of a service may run Clean.
func Clean(ctx context.Context, log *slog.Logger, what string, remove func(ctx context.Context, limit int) (int64, error)) {
	ticker := time.NewTicker(cleanEvery)
	defer ticker.Stop()
	for {
		n, err := CleanOnce(ctx, remove)
		switch {
		case err != nil && ctx.Err() == nil:
			log.WarnContext(ctx, "old rows not removed", "what", what, "error", err)
		case n > 0:
			log.InfoContext(ctx, "old rows removed", "what", what, "rows", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// CleanOnce calls remove until no row is left, and returns how many rows were removed.
func CleanOnce(ctx context.Context, remove func(ctx context.Context, limit int) (int64, error)) (int64, error) {
	total := int64(0)
	for {
		n, err := remove(ctx, cleanBatch)
		if total += n; err != nil || n < cleanBatch {
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
