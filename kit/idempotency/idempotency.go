// Package idempotency makes a request that a client sends again have its effect once (draft-ietf-httpapi-idempotency-key).
//
// Three moments keep that true through a crash at any time. Begin looks the key up before anything is done. Bind writes the
// key in the transaction of the effect, so that there is never one without the other. Keep stores the answer before it is
// sent. Whoever finds a key that is bound and not answered resumes: the effect is there, what is left of the work can be
// repeated, and the answer is made from it. A lease only spares two from doing that at once; what is right does not hang on it.
//
// kit/httpserver calls Begin, Keep and Release around every operation that declares the header; a repository calls Bind.
// Each service's migrations create the table, as Schema says.
package idempotency

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
)

const (
	// lease is for how long a bound key is its holder's; after a crash the next try waits for it.
	lease = 3 * time.Second
	// keep is the least time for which an answer is replayed.
	keep = 24 * time.Hour
)

// What a repeated request may be told.
var (
	ErrInFlight = fault.Define(fault.Conflict, "CLAVE_EN_CURSO", "Petición en curso")
	ErrReused   = fault.Define(fault.Invalid, "CLAVE_REUTILIZADA", "Clave ya usada con otra petición")
)

// Request is one that carries a key. Caller, Method and Path are the scope of the key: another caller's is another key.
type Request struct {
	Caller, Method, Path, Key string
	Body                      []byte // JSON or empty
}

// Answer is what a client was told.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Attempt is one try of a request that carries a key.
type Attempt struct {
	store       *Store
	scope, key  string
	fingerprint string
	effect      string // of this or an earlier try
	bound       bool   // the key is in the database, unanswered
}

type contextKey struct{}

// With makes a part of ctx what a repository and a use case need to know of the attempt.
func With(ctx context.Context, a *Attempt) context.Context {
	return context.WithValue(ctx, contextKey{}, a)
}

func from(ctx context.Context) *Attempt {
	a, _ := ctx.Value(contextKey{}).(*Attempt)
	return a
}

// Keyed reports whether the request of ctx carries a key.
func Keyed(ctx context.Context) bool { return from(ctx) != nil }

// Effect is what an earlier try of the same request bound its key to; "" when this is the first that has an effect.
func Effect(ctx context.Context) string {
	if a := from(ctx); a != nil {
		return a.effect
	}
	return ""
}

// Pending reports whether the request of ctx has a key that the effect still has to be bound to: then it needs a transaction.
func Pending(ctx context.Context) bool {
	a := from(ctx)
	return a != nil && !a.bound
}

// Bind writes the key of ctx's request in the transaction of its effect; effect is what a later try needs to answer from,
// an id or a snapshot. Without a key it does nothing. ErrInFlight when another try was first: the transaction must be rolled
// back.
func Bind(ctx context.Context, tx database.Writer, effect string) error {
	a := from(ctx)
	if a == nil {
		return nil
	}
	now := a.store.now()
	result, err := tx.Exec(ctx, `
		INSERT INTO idempotency_keys (scope, key, fingerprint, effect, leased_until, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (scope, key) DO NOTHING`, a.scope, a.key, a.fingerprint, effect, now.Add(lease), now)
	if err != nil {
		return database.Fault(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 && !a.bound {
		return inFlight(time.Second)
	}
	a.bound, a.effect = true, effect
	return nil
}

func inFlight(wait time.Duration) error {
	return ErrInFlight.New("Otra petición con esta Idempotency-Key está en curso. Repítala en unos segundos.").After(max(wait, time.Second))
}

func reused() error {
	return ErrReused.New("Esta Idempotency-Key ya se usó con otro cuerpo. Use una clave nueva para cada operación distinta.")
}
