package keystore

import (
	"context"
	"time"
)

// abandoned is the age from which a key without an answer is removed. Its work was finished long ago, by a retry or by the
// service's background work, and no client retries a request after a month.
const abandoned = 30 * 24 * time.Hour

// RemoveOld removes up to limit keys whose answers have been kept long enough, and unanswered ones after 30 days; it returns how
// many. Until then a key without an answer stays: its work may be unfinished. The oldest keys are read by their age: no answer is
// older than its key, so those younger than keep cannot have expired.
func (s *Store) RemoveOld(ctx context.Context, now time.Time, limit int) (int64, error) {
	const over = `(expires_at <= $1 OR status IS NULL AND leased_until <= $1 AND created_at <= $2)`
	return s.db.Removed(ctx, `DELETE FROM idempotency_keys WHERE `+over+` AND (scope, key) IN
		(SELECT scope, key FROM idempotency_keys WHERE created_at <= $3 AND `+over+` ORDER BY created_at LIMIT $4)`,
		now, now.Add(-abandoned), now.Add(-keep), limit)
}
