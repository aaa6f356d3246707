// Package keystore keeps idempotency keys in a service's database, in a table whose schema it owns (see Join).
package keystore

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
)

const (
	// lease is how long a bound key belongs to its try; after a crash the next try waits until it ends.
	lease = 3 * time.Second
	// keep is the least time for which an answer is replayed.
	keep = 24 * time.Hour
	// abandoned is the age at which a key without an answer is removed: its work was finished, and no client retries after a month.
	abandoned = 30 * 24 * time.Hour
)

//go:embed migrations
var embedded embed.FS

// Join adds the table of keys to the schema of a service. Its steps are numbered separately from the service's own.
func Join(service fs.FS) fs.FS {
	return database.WithLibrary(service, "idempotency", database.Migrations(embedded))
}

// Store implements idempotency.Store in a service's database.
type Store struct{ db *database.DB }

var _ idempotency.Store = (*Store)(nil)

// New needs a database with the schema of Join.
func New(db *database.DB) *Store { return &Store{db} }

type entry struct {
	fingerprint, effect string
	leasedUntil         time.Time
	status              sql.NullInt64
	header              sql.NullString
	body                []byte
}

// Begin implements idempotency.Store.
func (s *Store) Begin(ctx context.Context, r idempotency.Request) (idempotency.Key, *idempotency.Answer, error) {
	try := r.Try()
	e, err := s.find(ctx, try)
	if errors.Is(err, sql.ErrNoRows) {
		return idempotency.Of(try), nil, nil
	}
	if err != nil {
		return idempotency.Key{}, nil, err
	}
	if answer, err := e.answer(try.Fingerprint); answer != nil || err != nil {
		return idempotency.Key{}, answer, err
	}
	now := database.Now()
	if now.Before(e.leasedUntil) {
		return idempotency.Key{}, nil, idempotency.InFlight(e.leasedUntil.Sub(now))
	}
	taken, err := s.touch(ctx, `UPDATE idempotency_keys SET leased_until = $3
		WHERE scope = $1 AND key = $2 AND status IS NULL AND leased_until <= $4`, try.Scope, try.Key, now.Add(lease), now)
	if err != nil {
		return idempotency.Key{}, nil, err
	}
	if !taken {
		return idempotency.Key{}, nil, idempotency.InFlight(time.Second)
	}
	try.Resume(e.effect)
	return idempotency.Of(try), nil, nil
}

// Keep implements idempotency.Store.
func (s *Store) Keep(ctx context.Context, k idempotency.Key, answer idempotency.Answer) (*idempotency.Answer, error) {
	try := k.Try()
	header, err := json.Marshal(answer.Header)
	if err != nil {
		return nil, err
	}
	now := database.Now()
	var first bool
	if try.Bound() {
		first, err = s.touch(ctx, `UPDATE idempotency_keys SET status = $3, header = $4, body = $5, expires_at = $6
			WHERE scope = $1 AND key = $2 AND status IS NULL`,
			try.Scope, try.Key, answer.Status, string(header), answer.Body, now.Add(keep))
	} else { // no effect: the answer is a refusal
		first, err = s.touch(ctx, `
			INSERT INTO idempotency_keys (scope, key, fingerprint, effect, leased_until, created_at, status, header, body, expires_at)
			VALUES ($1, $2, $3, '', $4, $4, $5, $6, $7, $8) ON CONFLICT (scope, key) DO NOTHING`,
			try.Scope, try.Key, try.Fingerprint, now, answer.Status, string(header), answer.Body, now.Add(keep))
	}
	if err != nil || first {
		return nil, err
	}
	stored, err := s.First(ctx, k)
	if err == nil && stored == nil {
		err = idempotency.InFlight(time.Second) // its row was removed meanwhile
	}
	return stored, err
}

// First implements idempotency.Store.
func (s *Store) First(ctx context.Context, k idempotency.Key) (*idempotency.Answer, error) {
	e, err := s.find(ctx, k.Try())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	answer, err := e.answer(k.Try().Fingerprint)
	if answer == nil && err == nil {
		err = idempotency.InFlight(time.Second)
	}
	return answer, err
}

// Release implements idempotency.Store.
func (s *Store) Release(ctx context.Context, k idempotency.Key) error {
	try := k.Try()
	if !try.Bound() {
		return nil
	}
	_, err := s.touch(ctx, `UPDATE idempotency_keys SET leased_until = $3 WHERE scope = $1 AND key = $2 AND status IS NULL`,
		try.Scope, try.Key, database.Now())
	return err
}

func (s *Store) find(ctx context.Context, t *idempotency.Try) (entry, error) {
	var e entry
	err := s.db.Read().QueryRow(ctx,
		`SELECT fingerprint, effect, leased_until, status, header, body FROM idempotency_keys WHERE scope = $1 AND key = $2`,
		t.Scope, t.Key).
		Scan(&e.fingerprint, &e.effect, &e.leasedUntil, &e.status, &e.header, &e.body)
	if errors.Is(err, sql.ErrNoRows) {
		return e, err
	}
	return e, database.Fault(err)
}

// answer is nil while there is none.
func (e entry) answer(fingerprint string) (*idempotency.Answer, error) {
	if e.fingerprint != fingerprint {
		return nil, idempotency.Reused()
	}
	if !e.status.Valid {
		return nil, nil
	}
	answer := &idempotency.Answer{Status: int(e.status.Int64), Body: e.body}
	if err := json.Unmarshal([]byte(e.header.String), &answer.Header); err != nil {
		return nil, fmt.Errorf("read kept answer: %w", err)
	}
	return answer, nil
}

func (s *Store) touch(ctx context.Context, statement string, args ...any) (bool, error) {
	return database.Changed(s.db.Write().Exec(ctx, statement, args...))
}

// RemoveOld removes up to limit keys, and returns how many: those whose answer was kept long enough and, as their work may be
// unfinished before, those without an answer after 30 days. It reads them by age: one younger than keep cannot have expired.
func (s *Store) RemoveOld(ctx context.Context, now time.Time, limit int) (int64, error) {
	const over = `(expires_at <= $1 OR status IS NULL AND leased_until <= $1 AND created_at <= $2)`
	return s.db.Removed(ctx, `DELETE FROM idempotency_keys WHERE `+over+` AND (scope, key) IN
		(SELECT scope, key FROM idempotency_keys WHERE created_at <= $3 AND `+over+` ORDER BY created_at LIMIT $4)`,
		now, now.Add(-abandoned), now.Add(-keep), limit)
}
