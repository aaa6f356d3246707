package keystore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
)

// Once runs effect in a transaction and, when the request has a key, binds the key there to the JSON of what effect returns,
// which a later try of the same request gets. When an earlier try has had its effect, Once returns that effect, with repeated
// true, and does not run effect. Without a key it is InTx. The rules of InTx apply to effect.
//
// idempotency.ErrInFlight when another try was first: nothing is stored then.
func Once[E any](
	ctx context.Context, db *database.DB, key idempotency.Key,
	effect func(ctx context.Context, tx database.Writer) (E, error),
) (done E, repeated bool, err error) {
	if done, repeated, err = idempotency.Effect[E](key); repeated || err != nil {
		return done, repeated, err
	}
	var bound string
	err = db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
		if done, err = effect(ctx, tx); err != nil || !key.Given() {
			return err
		}
		bound, err = bind(ctx, tx, key.Try(), done)
		return err
	})
	if err == nil && key.Given() {
		key.Try().Bind(bound) // only after the commit: a rollback removes the key
	}
	return done, false, err
}

// bind stores the key with its effect in the transaction of the effect.
func bind(ctx context.Context, tx database.Writer, try *idempotency.Try, effect any) (string, error) {
	raw, err := json.Marshal(effect)
	if err != nil {
		return "", fmt.Errorf("write effect of an idempotency key: %w", err)
	}
	at := database.Now()
	first, err := database.Changed(tx.Exec(ctx, `
		INSERT INTO idempotency_keys (scope, key, fingerprint, effect, leased_until, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (scope, key) DO NOTHING`, try.Scope, try.Key, try.Fingerprint, string(raw), at.Add(lease), at))
	if err == nil && !first {
		err = idempotency.InFlight(time.Second)
	}
	return string(raw), err
}
