package idempotency

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/database"
)

// Schema is the table that a service's migrations create; with sqlite, `timestamptz` is datetime and `bytea` is blob.
const Schema = `
CREATE TABLE idempotency_keys (
    scope        text        NOT NULL, -- caller, method and path
    key          text        NOT NULL,
    fingerprint  text        NOT NULL, -- of the request's body
    effect       text        NOT NULL, -- what a later try answers from
    leased_until timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    status       integer,              -- of the answer; NULL while there is none
    header       text,                 -- JSON object
    body         bytea,
    expires_at   timestamptz,          -- NULL while there is no answer
    PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_answered CHECK ((status IS NULL) = (expires_at IS NULL))
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX idempotency_keys_unanswered ON idempotency_keys (created_at) WHERE status IS NULL;`

// Store remembers keys in a service's database.
type Store struct {
	db  *database.DB
	now func() time.Time
}

// New needs a database whose migrations have created the table of Schema.
func New(db *database.DB) *Store {
	return &Store{db: db, now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }}
}

// entry is a row.
type entry struct {
	fingerprint, effect string
	leasedUntil         time.Time
	status              sql.NullInt64
	header              sql.NullString
	body                []byte
}

// Begin says what is to be done about a request: nothing any more, when it returns the first answer; or the work, as a new or
// a resumed Attempt. ErrInFlight, ErrReused, fault.ErrUnavailable.
func (s *Store) Begin(ctx context.Context, r Request) (*Attempt, *Answer, error) {
	a := &Attempt{store: s, scope: r.Caller + " " + r.Method + " " + r.Path, key: r.Key, fingerprint: fingerprint(r.Body)}
	e, err := s.find(ctx, a)
	if errors.Is(err, sql.ErrNoRows) {
		return a, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if answer, err := e.answer(a.fingerprint); answer != nil || err != nil {
		return nil, answer, err
	}
	now := s.now()
	if now.Before(e.leasedUntil) {
		return nil, nil, inFlight(e.leasedUntil.Sub(now))
	}
	taken, err := s.touch(ctx, `UPDATE idempotency_keys SET leased_until = $3
		WHERE scope = $1 AND key = $2 AND status IS NULL AND leased_until <= $4`, a.scope, a.key, now.Add(lease), now)
	if err != nil {
		return nil, nil, err
	}
	if !taken {
		return nil, nil, inFlight(time.Second)
	}
	a.effect, a.bound = e.effect, true
	return a, nil, nil
}

// Keep stores what the client is about to be told, and returns what it must be told: another try of the same request may have
// been first. ErrInFlight, ErrReused, fault.ErrUnavailable; the answer must not be sent then.
func (a *Attempt) Keep(ctx context.Context, answer Answer) (Answer, error) {
	header, err := json.Marshal(answer.Header)
	if err != nil {
		return Answer{}, err
	}
	now := a.store.now()
	var first bool
	if a.bound {
		first, err = a.store.touch(ctx, `UPDATE idempotency_keys SET status = $3, header = $4, body = $5, expires_at = $6
			WHERE scope = $1 AND key = $2 AND status IS NULL`, a.scope, a.key, answer.Status, string(header), answer.Body, now.Add(keep))
	} else { // no effect: a refusal
		first, err = a.store.touch(ctx, `
			INSERT INTO idempotency_keys (scope, key, fingerprint, effect, leased_until, created_at, status, header, body, expires_at)
			VALUES ($1, $2, $3, '', $4, $4, $5, $6, $7, $8) ON CONFLICT (scope, key) DO NOTHING`,
			a.scope, a.key, a.fingerprint, now, answer.Status, string(header), answer.Body, now.Add(keep))
	}
	if err != nil || first {
		return answer, err
	}
	stored, err := a.First(ctx)
	if err != nil {
		return Answer{}, err
	}
	return *stored, nil
}

// First is the answer that another try of the same request was given. ErrInFlight while there is none, ErrReused,
// fault.ErrUnavailable.
func (a *Attempt) First(ctx context.Context) (*Answer, error) {
	e, err := a.store.find(ctx, a)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, inFlight(time.Second) // it was rolled back since
	}
	if err != nil {
		return nil, err
	}
	answer, err := e.answer(a.fingerprint)
	if answer == nil && err == nil {
		err = inFlight(time.Second)
	}
	return answer, err
}

// Release lets the next try resume at once. A key that was not bound is free anyway.
func (a *Attempt) Release(ctx context.Context) error {
	if !a.bound {
		return nil
	}
	_, err := a.store.touch(ctx, `UPDATE idempotency_keys SET leased_until = $3 WHERE scope = $1 AND key = $2 AND status IS NULL`,
		a.scope, a.key, a.store.now())
	return err
}

func (s *Store) find(ctx context.Context, a *Attempt) (entry, error) {
	var e entry
	err := s.db.Read().QueryRow(ctx,
		`SELECT fingerprint, effect, leased_until, status, header, body FROM idempotency_keys WHERE scope = $1 AND key = $2`, a.scope, a.key).
		Scan(&e.fingerprint, &e.effect, &e.leasedUntil, &e.status, &e.header, &e.body)
	if errors.Is(err, sql.ErrNoRows) {
		return e, err
	}
	return e, database.Fault(err)
}

// answer is nil while there is none.
func (e entry) answer(fingerprint string) (*Answer, error) {
	if e.fingerprint != fingerprint {
		return nil, reused()
	}
	if !e.status.Valid {
		return nil, nil
	}
	answer := &Answer{Status: int(e.status.Int64), Body: e.body}
	if err := json.Unmarshal([]byte(e.header.String), &answer.Header); err != nil {
		return nil, fmt.Errorf("read kept answer: %w", err)
	}
	return answer, nil
}

// touch reports whether the statement changed its row.
func (s *Store) touch(ctx context.Context, statement string, args ...any) (bool, error) {
	result, err := s.db.Write().Exec(ctx, statement, args...)
	if err != nil {
		return false, database.Fault(err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}
