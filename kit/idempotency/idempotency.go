// Package idempotency makes a request that a client sends again have its effect once (draft-ietf-httpapi-idempotency-key).
//
// Three steps hold this through a crash at any time. Begin looks the key up before any work. Once writes the key in the
// transaction of the effect, so that the database has both or neither. Keep stores the answer before it is sent. When a request
// finds its key bound without an answer, it resumes: the effect exists, the rest of the work can be repeated, and the answer is
// made from the effect. A lease keeps two tries from resuming at the same time; correctness does not depend on it.
//
// kit/replay calls Begin, Keep and Release around every operation that declares the header. A command carries the Key to the
// repository, which passes it to Once. This package has no SQL: kit/idempotency/keystore keeps keys in a service's database.
package idempotency

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// The refusals of a repeated request.
var (
	ErrInFlight = fault.Define(fault.Conflict, "CLAVE_EN_CURSO", "Petición en curso")
	ErrReused   = fault.Define(fault.Invalid, "CLAVE_REUTILIZADA", "Clave ya usada con otra petición")
)

// Request is a request with a key. Caller, Method and Path are its scope: another caller has other keys.
type Request struct {
	Caller, Method, Path, Key string
	Body                      []byte // JSON or empty
}

// Answer is a stored answer.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Key is the Idempotency-Key of a request, for the transaction of its effect. A request without one has the zero Key.
type Key struct{ try *Try }

// Try is one try of a request with a key, as a Store uses it.
type Try struct {
	Scope, Key, Fingerprint string

	effect  string // JSON that this or an earlier try has bound the key to; "" while there is no effect
	resumed bool   // an earlier try has bound the key
}

// Try is a new try of r.
func (r Request) Try() *Try {
	return &Try{Scope: r.Caller + " " + r.Method + " " + r.Path, Key: r.Key, Fingerprint: fingerprint(r.Body)}
}

// Of is the key that a command of t carries.
func Of(t *Try) Key { return Key{t} }

// Resume notes that t has found the effect of an earlier try.
func (t *Try) Resume(effect string) { t.effect, t.resumed = effect, true }

// Bind notes that the key is stored with the effect of t.
func (t *Try) Bind(effect string) { t.effect = effect }

// Bound reports whether the key is stored with an effect.
func (t *Try) Bound() bool { return t.effect != "" }

// Try is nil for a request without a key.
func (k Key) Try() *Try { return k.try }

// Given reports whether the request has a key: then its client will retry it.
func (k Key) Given() bool { return k.try != nil }

// Resumed reports whether an earlier try of the request has had its effect. Then the work before the effect can be skipped.
func (k Key) Resumed() bool { return k.Given() && k.try.resumed }

// Bound reports whether the request has had its effect, by this try or an earlier one.
func (k Key) Bound() bool { return k.Given() && k.try.Bound() }

// Effect is the effect that the key is bound to; bound is false while there is no effect.
func Effect[E any](k Key) (effect E, bound bool, err error) {
	if !k.Bound() {
		return effect, false, nil
	}
	if err := json.Unmarshal([]byte(k.try.effect), &effect); err != nil {
		return effect, false, fmt.Errorf("read effect of an idempotency key: %w", err)
	}
	return effect, true, nil
}

// Store remembers keys and answers.
type Store interface {
	// Begin returns a request's first answer, or a new or resumed try of its work. ErrInFlight, ErrReused, fault.ErrUnavailable.
	Begin(ctx context.Context, r Request) (Key, *Answer, error)

	// Keep stores an answer before it is sent. When another try of the same request was first, Keep returns the answer to send in
	// its place, else nil. On ErrInFlight, ErrReused and fault.ErrUnavailable the answer must not be sent.
	Keep(ctx context.Context, k Key, answer Answer) (*Answer, error)

	// First is the answer of another try, nil when none has stored the key. ErrInFlight, ErrReused, fault.ErrUnavailable.
	First(ctx context.Context, k Key) (*Answer, error)

	// Release lets the next try resume at once. A key that was not bound needs no release.
	Release(ctx context.Context, k Key) error
}

// InFlight is the refusal of a request while another try of it is at work.
func InFlight(wait time.Duration) error {
	return ErrInFlight.New("Otra petición con esta Idempotency-Key está en curso. Repítala en unos segundos.").
		After(max(wait, time.Second))
}

// Reused is the refusal of a request whose key belongs to a request with another body.
func Reused() error {
	return ErrReused.New("Esta Idempotency-Key ya se usó con otro cuerpo. Use una clave nueva para cada operación distinta.")
}
