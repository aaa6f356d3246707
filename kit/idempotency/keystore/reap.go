package keystore

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/database"
)

// abandoned is the age of a key without an answer that can matter no more. Its effect came to rest long ago, by its client or
// by what the service does in the background, and a client that repeats a request a month later is not waiting for it.
const abandoned = 30 * 24 * time.Hour

// Reap removes keys whose answers have been kept long enough, and unanswered ones after 30 days; it returns how many. Until
// then a key without an answer stays: the work that it stands for may be unfinished.
func (s *Store) Reap(ctx context.Context) (int64, error) {
	answered, err := database.CleanOnce(ctx, s.reapAnswered)
	if err != nil {
		return answered, err
	}
	unanswered, err := database.CleanOnce(ctx, s.reapAbandoned)
	return answered + unanswered, err
}

func (s *Store) reapAnswered(ctx context.Context, limit int) (int64, error) {
	return s.db.Removed(ctx, `DELETE FROM idempotency_keys WHERE (scope, key) IN
		(SELECT scope, key FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, s.now(), limit)
}

func (s *Store) reapAbandoned(ctx context.Context, limit int) (int64, error) {
	now := s.now()
	return s.db.Removed(ctx, `DELETE FROM idempotency_keys WHERE status IS NULL AND leased_until <= $1 AND (scope, key) IN
		(SELECT scope, key FROM idempotency_keys WHERE status IS NULL AND created_at <= $2 ORDER BY created_at LIMIT $3)`,
		now, now.Add(-abandoned), limit)
}

// Run reaps at once and every ten minutes until ctx ends. Each instance of a service may run it.
func (s *Store) Run(ctx context.Context, log *slog.Logger) {
	var other sync.WaitGroup
	other.Go(func() { database.Clean(ctx, log, "unanswered idempotency keys", s.reapAbandoned) })
	defer other.Wait()
	database.Clean(ctx, log, "expired idempotency keys", s.reapAnswered)
}
