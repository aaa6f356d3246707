// Package idempotency makes a request that a client sends again have its effect once (draft-ietf-httpapi-idempotency-key).
//
// Three moments keep that true through a crash at any time. Begin looks the key up before anything is done. Once writes the key in
// the transaction of the effect, so that there is never one without the other. Keep stores the answer before it is sent. When a
// request finds its key bound and not answered, it resumes: the effect is there, what is left of the work can be repeated, and the
// answer is made from it. A lease only keeps two tries from doing that at the same time; no promise depends on it.
//
// kit/httpserver calls Begin, Keep and Release around every operation that declares the header. A command carries the Key from there
// to the repository, which hands it to Once. This package has no SQL: kit/idempotency/keystore keeps keys in a service's database.
package idempotency

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
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

// Key is the Idempotency-Key of a request, as its command carries it to the transaction of its effect. The zero Key is that of a
// request without one.
type Key struct{ try *Try }

// Try is one try of a request that carries a key, as a Store knows it.
type Try struct {
	Scope, Key, Fingerprint string

	effect  string // JSON that this or an earlier try has bound the key to; "" while there is no effect
	resumed bool   // it was an earlier one
}

// Try is a new try of r.
func (r Request) Try() *Try {
	return &Try{Scope: r.Caller + " " + r.Method + " " + r.Path, Key: r.Key, Fingerprint: fingerprint(r.Body)}
}

// Of is the key that a command of t carries.
func Of(t *Try) Key { return Key{t} }

// Resume makes t one that finds the effect of an earlier try.
func (t *Try) Resume(effect string) { t.effect, t.resumed = effect, true }

// Bind notes that the key is stored with the effect of t.
func (t *Try) Bind(effect string) { t.effect = effect }

// Bound reports whether the key is stored with an effect.
func (t *Try) Bound() bool { return t.effect != "" }

// Try is nil for a request without a key.
func (k Key) Try() *Try { return k.try }

// Given reports whether the request has a key: its client will ask again.
func (k Key) Given() bool { return k.try != nil }

// Resumed reports whether an earlier try of the request has had its effect. What the effect needs can be left out then.
func (k Key) Resumed() bool { return k.Given() && k.try.resumed }

// Bound reports whether the effect of the request is there, by this try or an earlier one.
func (k Key) Bound() bool { return k.Given() && k.try.Bound() }

// Effect is the effect that the key is bound to; bound is false while it is bound to none.
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
	// Begin says what is to be done about a request: nothing any more, when it returns the first answer; or the work, as a new or
	// a resumed try. ErrInFlight, ErrReused, fault.ErrUnavailable.
	Begin(ctx context.Context, r Request) (Key, *Answer, error)

	// Keep stores what the client is about to be told, and returns what it must be told: another try of the same request may have
	// been first. ErrInFlight, ErrReused, fault.ErrUnavailable; the answer must not be sent then.
	Keep(ctx context.Context, k Key, answer Answer) (Answer, error)

	// First is the answer that another try of the same request was given. ErrInFlight while there is none, ErrReused,
	// fault.ErrUnavailable.
	First(ctx context.Context, k Key) (*Answer, error)

	// Release lets the next try resume at once. A key that was not bound is free anyway.
	Release(ctx context.Context, k Key) error
}

// InFlight is the refusal of a request while another try of it is at work.
func InFlight(wait time.Duration) error {
	return ErrInFlight.New("Otra petición con esta Idempotency-Key está en curso. Repítala en unos segundos.").After(max(wait, time.Second))
}

// Reused is the refusal of a request whose key belongs to one with another body.
func Reused() error {
	return ErrReused.New("Esta Idempotency-Key ya se usó con otro cuerpo. Use una clave nueva para cada operación distinta.")
}
