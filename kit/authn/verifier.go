package authn

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
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
	return &Verifier{o: o, known: newCache(), parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(o.Now), jwt.WithLeeway(expiryLeeway),
		jwt.WithIssuer(o.Issuer), jwt.WithExpirationRequired(), // check gives iat a leeway of its own
	)}
}

// Verify returns the caller that the token names. fault.ErrUnauthenticated for a bad token, without the reason, which must not
// reach the client; fault.ErrUnavailable while this service has never had auth's keys.
func (v *Verifier) Verify(ctx context.Context, token string) (Caller, error) {
	known := v.known.get(token)
	c := known.claims
	if c == nil {
		var err error
		if c, err = parse(token); err != nil {
			return Caller{}, refuse(err)
		}
	}
	// Check first what needs no key: a token that cannot be good must not make this service fetch keys.
	if err := v.check(c); err != nil {
		return Caller{}, refuse(err)
	}
	key, err := v.o.Keys.Key(ctx, c.kid)
	if err == nil && !key.Equal(known.key) { // the signature was never checked, or was checked with another key of the same kid
		if _, err = v.parser.Parse(token, func(*jwt.Token) (any, error) { return key, nil }); err == nil {
			v.known.put(token, verified{claims: c, key: key})
		}
	}
	switch {
	case err == nil:
		return v.alive(c.caller())
	case errors.Is(err, fault.ErrUnavailable), ctx.Err() != nil:
		return Caller{}, fault.ErrUnavailable.New("Aún no se puede comprobar quién llama. Repita la petición en unos segundos.").
			After(time.Second).Because(err)
	}
	return Caller{}, refuse(err)
}

// alive refuses a caller whose token was revoked.
func (v *Verifier) alive(c Caller) (Caller, error) {
	if v.o.Revoked == nil {
		return c, nil
	}
	dead, err := v.o.Revoked(c)
	switch {
	case err != nil:
		return Caller{}, err
	case dead:
		return Caller{}, refuse(errors.New("token was revoked"))
	}
	return c, nil
}

func refuse(cause error) error {
	return fault.ErrUnauthenticated.New("El token de acceso no es válido o ha caducado.").Because(cause)
}

// check makes the checks that golang-jwt has no option for.
func (v *Verifier) check(c *claims) error {
	now := v.o.Now()
	life := c.expires.Sub(c.issued)
	switch {
	case c.Issuer != v.o.Issuer:
		return errors.New("token of another issuer")
	case life <= 0:
		return errors.New("token expires before it is issued")
	case !c.expires.After(now.Add(-expiryLeeway)):
		return errors.New("token has expired")
	case c.issued.After(now.Add(issuedLeeway)):
		return errors.New("token of the future")
	}
	if service, ok := strings.CutPrefix(c.Subject, ServicePrefix); ok {
		switch {
		case c.Audience != v.o.Service || service == "":
			return fmt.Errorf("service token for audience %q", c.Audience)
		case c.SessionID != nil:
			return errors.New("service token with a session")
		case life > MaxServiceLife:
			return errors.New("service token of too long a life")
		}
		return nil
	}
	id, err := strconv.ParseInt(c.Subject, 10, 64)
	switch {
	case c.Audience != UserAudience:
		return fmt.Errorf("user token for audience %q", c.Audience)
	case err != nil || id < 1 || strconv.FormatInt(id, 10) != c.Subject:
		return errors.New("user token without a user's id")
	case c.SessionID == nil || *c.SessionID == "":
		return errors.New("user token without a session")
	case life > MaxUserLife:
		return errors.New("user token of too long a life")
	}
	return nil
}
