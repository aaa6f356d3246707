package authn_test

import (
	"context"
	"crypto/ed25519"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
)

// oneKey is the key of every kid, until the test removes it.
type oneKey struct {
	key atomic.Pointer[ed25519.PublicKey]
}

func (k *oneKey) Key(context.Context, string) (ed25519.PublicKey, error) {
	if key := k.key.Load(); key != nil {
		return *key, nil
	}
	return nil, authn.ErrUnknownKey
}

// TestVerify_again: a token that was verified before is refused as soon as it is no longer good.
func TestVerify_again(t *testing.T) {
	t.Parallel()
	var known oneKey
	var clock atomic.Pointer[time.Time]
	var revoked atomic.Bool
	public := key.Public().(ed25519.PublicKey)
	known.key.Store(&public)
	clock.Store(&now)
	v := authn.NewVerifier(authn.VerifierOptions{Issuer: issuer, Service: "inventario", Keys: &known,
		Now: func() time.Time { return *clock.Load() }, Revoked: func(authn.Caller) (bool, error) { return revoked.Load(), nil }})
	token := sign(header, user, key)
	good := func() { t.Helper(); _, err := v.Verify(t.Context(), token); require.NoError(t, err) }
	bad := func(token string) {
		t.Helper()
		_, err := v.Verify(t.Context(), token)
		require.ErrorIs(t, err, fault.ErrUnauthenticated)
	}
	good()
	first, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	first.Scopes[0] = "todo" // a caller's own copy

	c, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	assert.False(t, c.Can("todo"))

	parts := strings.Split(token, ".")
	bad(parts[0] + "." + parts[1] + "." + strings.Split(sign(header, service, key), ".")[2])
	good()

	revoked.Store(true)
	bad(token)
	revoked.Store(false)
	good()

	known.key.Store(nil)
	bad(token)
	other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("o", ed25519.SeedSize))).Public().(ed25519.PublicKey)
	known.key.Store(&other)
	bad(token)
	known.key.Store(&public)
	good()

	later := now.Add(16 * time.Minute)
	clock.Store(&later)
	bad(token)
}

// TestVerify_many: more tokens than the cache holds are all verified correctly.
func TestVerify_many(t *testing.T) {
	t.Parallel()
	v := verifier()
	for round := range 2 {
		for n := range 5000 {
			id := strconv.Itoa(n + 1)
			c, err := v.Verify(t.Context(), sign(header, user.With(object{"sub": id}), key))
			require.NoError(t, err)
			require.Equal(t, id, c.Subject, "round %d", round)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	b.ReportAllocs()
	token := sign(header, user, key)
	b.Run("again", func(b *testing.B) {
		v := verifier()
		for b.Loop() {
			if _, err := v.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			if _, err := verifier().Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
