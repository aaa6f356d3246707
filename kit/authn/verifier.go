package authn

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tienda-go/tienda/kit/fault"
)

// Clock skew: the leeway is generous for iat and strict for exp, where a leeway lengthens a token's life.
const (
	expiryLeeway = 5 * time.Second
	issuedLeeway = 30 * time.Second
)

// ErrUnknownKey is what Keys returns for a kid that auth does not know.
var ErrUnknownKey = errors.New("authn: unknown key")

// Keys finds auth's public keys.
type Keys interface {
	// Key returns ErrUnknownKey for a kid that auth does not know, and fault.ErrUnavailable while there are no keys yet.
	Key(ctx context.Context, kid string) (ed25519.PublicKey, error)
}

// VerifierOptions say which tokens a Verifier accepts.
type VerifierOptions struct {
	Issuer  string // exactly the tokens' iss
	Service string // this service's name, the audience of other services' tokens
	Keys    Keys
	Revoked func(Caller) (bool, error) // nil = no token is revoked; fault.ErrUnavailable while there is no list of revocations
	Now     func() time.Time           // nil = time.Now
}

// Verifier checks access tokens.
type Verifier struct {
	o      VerifierOptions
	parser *jwt.Parser
	known  *cache
}

// NewVerifier builds a Verifier.
func NewVerifier(o VerifierOptions) *Verifier {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Verifier{o: o, known: &cache{young: map[string]verified{}}, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(o.Now), jwt.WithLeeway(expiryLeeway),
		jwt.WithIssuer(o.Issuer), jwt.WithExpirationRequired(), // check gives iat a leeway of its own
	)}
}

// Verify returns the caller that the token names. fault.ErrUnauthenticated for a bad token, without the reason, which must not
// reach the client; fault.ErrUnavailable while this service has never had auth's keys.
func (v *Verifier) Verify(ctx context.Context, token string) (Caller, error) {
	known := v.known.get(token)
	t := known.token
	if t == nil {
		var err error
		if t, err = parse(token); err != nil {
			return Caller{}, refuse(err)
		}
	}
	// Check first what needs no key: a token that cannot be good must not make this service fetch keys.
	if err := v.check(t); err != nil {
		return Caller{}, refuse(err)
	}
	key, err := v.o.Keys.Key(ctx, t.kid)
	if err == nil && !key.Equal(known.key) { // the signature was never checked, or was checked with another key of the same kid
		if _, err = v.parser.Parse(token, func(*jwt.Token) (any, error) { return key, nil }); err == nil {
			v.known.put(token, verified{token: t, key: key})
		}
	}
	switch {
	case err == nil:
		return v.unlessRevoked(t.Caller)
	case errors.Is(err, fault.ErrUnavailable), ctx.Err() != nil:
		return Caller{}, fault.ErrUnavailable.New("Aún no se puede comprobar quién llama. Repita la petición en unos segundos.").
			After(time.Second).Because(err)
	}
	return Caller{}, refuse(err)
}

// unlessRevoked refuses a caller whose token was revoked. The cache keeps the token, so the caller gets scopes of its own.
func (v *Verifier) unlessRevoked(c Caller) (Caller, error) {
	c.Scopes = slices.Clone(c.Scopes)
	if v.o.Revoked == nil {
		return c, nil
	}
	switch revoked, err := v.o.Revoked(c); {
	case err != nil:
		return Caller{}, err
	case revoked:
		return Caller{}, refuse(errors.New("token was revoked"))
	}
	return c, nil
}

func refuse(cause error) error {
	return fault.ErrUnauthenticated.New("El token de acceso no es válido o ha caducado.").Because(cause)
}

// check makes the checks that golang-jwt has no option for.
func (v *Verifier) check(t *parsed) error {
	now := v.o.Now()
	life := t.ExpiresAt.Sub(t.IssuedAt)
	switch {
	case t.issuer != v.o.Issuer:
		return errors.New("token of another issuer")
	case life <= 0:
		return errors.New("token expires before it is issued")
	case !t.ExpiresAt.After(now.Add(-expiryLeeway)):
		return errors.New("token has expired")
	case t.IssuedAt.After(now.Add(issuedLeeway)):
		return errors.New("token of the future")
	}
	if service, ok := strings.CutPrefix(t.Subject, ServicePrefix); ok {
		switch {
		case t.Audience != v.o.Service || service == "":
			return fmt.Errorf("service token for audience %q", t.Audience)
		case t.SessionID != "":
			return errors.New("service token with a session")
		case life > MaxServiceLife:
			return errors.New("service token of too long a life")
		}
		return nil
	}
	id, ok := t.UserID()
	switch {
	case t.Audience != UserAudience:
		return fmt.Errorf("user token for audience %q", t.Audience)
	case !ok || strconv.FormatInt(id, 10) != t.Subject:
		return errors.New("user token without a user's id")
	case t.SessionID == "":
		return errors.New("user token without a session")
	case life > MaxUserLife:
		return errors.New("user token of too long a life")
	}
	return nil
}
