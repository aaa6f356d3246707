package authn_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/authntest"
	"github.com/tienda-go/tienda/kit/fault"
)

const issuer = "https://auth.example"

var (
	now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	key = ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize)))
	b64 = base64.RawURLEncoding
)

// keys has one key.
type keys struct{}

func (keys) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	switch kid {
	case "k1":
		return key.Public().(ed25519.PublicKey), nil
	case "nunca":
		return nil, fault.ErrUnavailable.New("auth aún no ha publicado sus claves.")
	}
	return nil, authn.ErrUnknownKey
}

func verifier() *authn.Verifier {
	return authn.NewVerifier(authn.VerifierOptions{Issuer: issuer, Service: "inventario", Keys: keys{},
		Now: func() time.Time { return now }})
}

type object = authntest.Object

var (
	minter  = authntest.Minter{Issuer: issuer, Service: "inventario", Kid: "k1", Key: key, Now: now}
	header  = minter.Header()
	user    = minter.User()
	service = minter.OfService()
	sign    = authntest.Sign
)

// anyKid has the key under every name.
type anyKid struct{}

func (anyKid) Key(context.Context, string) (ed25519.PublicKey, error) {
	return key.Public().(ed25519.PublicKey), nil
}

// A kid goes into the log, and auth makes it of base64url: other characters are refused before it is looked for.
func TestVerify_the_characters_of_a_kid(t *testing.T) {
	t.Parallel()
	v := authn.NewVerifier(authn.VerifierOptions{Issuer: issuer, Service: "inventario", Keys: anyKid{},
		Now: func() time.Time { return now }})
	for kid, good := range map[string]bool{
		"k1": true, "Az09-_": true, "k/1": false, "k+1": false, "k=": false, "k.1": false, "../k1": false, "ñ": false, "k%31": false,
	} {
		_, err := v.Verify(t.Context(), sign(header.With(object{"kid": kid}), user, key))
		assert.Equal(t, good, err == nil, kid)
	}
}

func TestVerify_good_tokens(t *testing.T) {
	t.Parallel()
	c, err := verifier().Verify(t.Context(), sign(header, user, key))
	require.NoError(t, err)
	id, ok := c.UserID()
	assert.True(t, ok)
	assert.EqualValues(t, 7, id)
	assert.Equal(t, "s1", c.SessionID)
	assert.True(t, c.Can("pedidos:propios"))
	assert.False(t, c.Can("pedidos"))
	assert.False(t, c.Can(""))
	_, ok = c.Service()
	assert.False(t, ok)
	assert.True(t, c.ExpiresAt.Equal(now.Add(15*time.Minute)))

	c, err = verifier().Verify(t.Context(), sign(header, service, key))
	require.NoError(t, err)
	name, ok := c.Service()
	assert.True(t, ok)
	assert.Equal(t, "pedidos", name)
	_, ok = c.UserID()
	assert.False(t, ok)

	_, err = verifier().Verify(t.Context(),
		sign(header, user.With(object{"exp": now.Add(-4 * time.Second).Unix(), "iat": now.Add(-time.Minute).Unix()}), key))
	assert.NoError(t, err, "clocks differ a little")
	_, err = verifier().Verify(t.Context(), sign(`{"typ":"at+jwt","alg":"EdDSA","kid":"k1"}`, user, key))
	assert.NoError(t, err, "the order of members is the encoder's")
	_, err = verifier().Verify(t.Context(), sign(header, user.With(object{"scope": ""}), key))
	assert.NoError(t, err, "a token may hold nothing")
	_, err = verifier().Verify(t.Context(), sign(header, user.With(object{"iat": now.Add(30 * time.Second).Unix()}), key))
	assert.NoError(t, err, "auth's clock may be ahead")
}

func TestVerify_says_so_when_it_cannot_know(t *testing.T) {
	t.Parallel()
	_, err := verifier().Verify(t.Context(), sign(header.With(object{"kid": "nunca"}), user, key))
	require.ErrorIs(t, err, fault.ErrUnavailable)
	assert.Positive(t, fault.From(err).RetryAfter)
	_, err = verifier().Verify(t.Context(), sign(header.With(object{"kid": "nunca"}), user.With(object{"exp": 1, "iat": 0}), key))
	assert.ErrorIs(t, err, fault.ErrUnauthenticated, "what cannot be good needs no key")
}

// TestVerify_bad_tokens runs the whole corpus; tests/e2e sends it to the four services.
func TestVerify_bad_tokens(t *testing.T) {
	t.Parallel()
	bad := minter.Bad()
	bad["iat a second too far in the future"] = sign(header, user.With(object{"iat": now.Add(31 * time.Second).Unix()}), key)
	require.GreaterOrEqual(t, len(bad), 48)
	for name, token := range bad {
		c, err := verifier().Verify(t.Context(), token)
		require.ErrorIs(t, err, fault.ErrUnauthenticated, name)
		assert.Equal(t, authn.Caller{}, c, name)
		assert.Equal(t, "El token de acceso no es válido o ha caducado.", fault.From(err).Detail, "the client does not learn why")
		assert.Error(t, errors.Unwrap(err), "the log does")
	}
}

func TestCaller_in_the_context(t *testing.T) {
	t.Parallel()
	_, ok := authn.CallerFrom(t.Context())
	assert.False(t, ok)
	want := authn.Caller{Subject: "7", Audience: authn.UserAudience}
	got, ok := authn.CallerFrom(authn.WithCaller(t.Context(), want))
	assert.True(t, ok)
	assert.Equal(t, want, got)
	_, ok = authn.Caller{Subject: "servicio:pedidos", Audience: authn.UserAudience}.Service()
	assert.False(t, ok)
}
