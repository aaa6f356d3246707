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

// Clocks of two machines may differ. That costs little where auth's is ahead, and would lengthen a token's life where it is behind.
const (
	expiryLeeway = 5 * time.Second
	issuedLeeway = 30 * time.Second
)

// ErrUnknownKey is what Keys returns for a kid that auth does not know.
var ErrUnknownKey = errors.New("authn: unknown key")

// Keys finds auth's public keys.
type Keys interface {
	// Key returns ErrUnknownKey for a kid that auth does not know, and fault.ErrUnavailable while no keys were ever seen.
	Key(ctx context.Context, kid string) (ed25519.PublicKey, error)
}

// VerifierOptions say whose tokens are good here.
type VerifierOptions struct {
	Issuer  string // exactly the tokens' iss
	Service string // this service's name, the audience of other services' tokens
	Keys    Keys
	Revoked func(Caller) (bool, error) // nil = no token dies before its time; fault.ErrUnavailable while that is not known
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
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithStrictDecoding(), jwt.WithTimeFunc(o.Now), jwt.WithLeeway(expiryLeeway),
		jwt.WithIssuer(o.Issuer), jwt.WithExpirationRequired(), // iat has a leeway of its own: see check
	)}
}

// Verify tells who the token speaks for. fault.ErrUnauthenticated, which never says why to the client;
// fault.ErrUnavailable while auth's keys were never seen.
func (v *Verifier) Verify(ctx context.Context, token string) (Caller, error) {
	known := v.known.get(token)
	c := known.claims
	if c == nil {
		var err error
		if c, err = parse(token); err != nil {
			return Caller{}, refuse(err)
		}
	}
	// Everything that needs no key first: a token that cannot be good must not make this service look for keys.
	if err := v.check(c); err != nil {
		return Caller{}, refuse(err)
	}
	key, err := v.o.Keys.Key(ctx, c.kid)
	if err == nil && !key.Equal(known.key) { // its signature was not checked before, or with another key of that name
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

// alive lets through a caller whose token did not die before its time.
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

// check holds what golang-jwt has no option for.
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
