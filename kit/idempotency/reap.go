package idempotency

import (
	"context"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/kit/database"
)

const (
	reapEvery = 10 * time.Minute
	reapBatch = 1000
)

// Reap removes keys whose answers have been kept long enough, and returns how many. A key without an answer stays for ever:
// the work that it stands for may be unfinished.
func (s *Store) Reap(ctx context.Context) (int64, error) {
	total := int64(0)
	for {
		result, err := s.db.Writer().ExecContext(ctx, `
			DELETE FROM idempotency_keys WHERE (scope, key) IN
				(SELECT scope, key FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, s.now(), reapBatch)
		if err != nil {
			return total, database.Fault(err)
		}
		n, err := result.RowsAffected()
		if total += n; err != nil || n < reapBatch {
			return total, err
		}
	}
}

// Run reaps every ten minutes until ctx ends. Each instance of a service may run it.
func (s *Store) Run(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(reapEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		n, err := s.Reap(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			log.WarnContext(ctx, "expired idempotency keys not removed", "error", err)
		case n > 0:
			log.InfoContext(ctx, "expired idempotency keys removed", "keys", n)
		}
	}
}
