//go:build pact

package contracts

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpclient"

	"github.com/tienda-go/tienda/tests/shop"
)

// The content of a token is not part of a Pact: only auth and the services that verify tokens need it. So each service's own
// verifier checks the tokens that auth issues.

// usersScopes are those of users' tokens that each service looks for; an administrator has all of them.
var usersScopes = map[string][]string{
	"productos":  {"productos:escribir"},
	"inventario": {"inventario:consultar", "inventario:leer", "inventario:escribir"},
	"pedidos":    {"pedidos:propios", "pedidos:leer", "pedidos:gestionar"},
}

func (w *world) verifyTokens(t *testing.T, reader string) {
	t.Helper()
	verifier := authn.NewVerifier(authn.VerifierOptions{
		Issuer: w.shop.URL("auth"), Service: reader,
		Keys: authn.NewRemoteKeys(authn.RemoteKeysOptions{URL: w.url + "/.well-known/jwks.json"}),
	})
	if err := errors.Join(w.usersToken(t, verifier, usersScopes[reader]), w.servicesToken(t, verifier, reader)); err != nil {
		t.Errorf("auth no longer answers as %s relies on. Of the tokens that it issues:\n%v\n"+
			"Mend auth, or have every service read the new ones first (kit/authn).", reader, err)
	}
}

func (w *world) usersToken(t *testing.T, verifier *authn.Verifier, scopes []string) error {
	t.Helper()
	session, err := w.ask(http.StatusOK, "POST", "/login", "",
		shop.Object{"username": shop.AdminUsername, "password": shop.AdminPassword})
	if err != nil {
		return err
	}
	caller, err := verifier.Verify(t.Context(), session.Text("access_token"))
	if err != nil {
		return fmt.Errorf("a user's is refused: %w", err)
	}
	return holds(caller, scopes...)
}

// servicesToken is what pedidos calls inventario with; no service calls the others with one.
func (w *world) servicesToken(t *testing.T, verifier *authn.Verifier, reader string) error {
	t.Helper()
	if reader != "inventario" {
		return nil
	}
	token, err := httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
		TokenURL: w.url + "/token", ClientID: "pedidos", Secret: config.Secret(secretOf("pedidos")), Audience: reader,
		Scope: "inventario:reservar",
	}).Token(t.Context())
	if err != nil {
		return fmt.Errorf("pedidos gets none: %w", err)
	}
	caller, err := verifier.Verify(t.Context(), token)
	if err != nil {
		return fmt.Errorf("that of pedidos is refused: %w", err)
	}
	said := w.grant("pedidos", reader).Int("expires_in")
	if life := int64(caller.ExpiresAt.Sub(caller.IssuedAt) / time.Second); said != life {
		return fmt.Errorf("that of pedidos lives %d s, and is said to live %d s", life, said)
	}
	return holds(caller, "inventario:reservar")
}

func holds(caller authn.Caller, scopes ...string) error {
	for _, scope := range scopes {
		if !slices.Contains(caller.Scopes, scope) {
			return fmt.Errorf("that of %s lacks the scope %s: it has %v", caller.Subject, scope, caller.Scopes)
		}
	}
	return nil
}
