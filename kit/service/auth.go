package service

import (
	"log/slog"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/resilience"
)

// Auth is what a service needs of auth: it verifies the tokens of its callers, and gets tokens of its own for its peers.
type Auth struct {
	*authn.Verifier
	Revocations *authn.Revocations

	settings Settings
	secret   config.Secret
	ready    []httpserver.Check
}

var _ httpserver.Authenticator = (*Auth)(nil)

// NewAuth asks auth over HTTP, later. It keeps keys and revocations across restarts, so that a service starts without auth.
func NewAuth(s Settings, log *slog.Logger) (*Auth, error) {
	secret, err := s.Secret(s.variable("CLIENT_SECRET"), s.ClientSecret)
	if err != nil {
		return nil, err
	}
	keys := authn.NewRemoteKeys(authn.RemoteKeysOptions{URL: s.auth(keysPath), CachePath: s.File("jwks.json"), Log: log})
	a := &Auth{settings: s, secret: secret, ready: []httpserver.Check{{Name: "claves de auth", Run: keys.Ready}}}
	a.verify(keys, authn.RevocationsOptions{
		Fetch:     authn.FetchFrom(s.auth(revocationsPath), a.credentials("auth", revocationsScope)),
		CachePath: s.File("revocaciones.json"), Keys: keys, Log: log,
	})
	return a, nil
}

// LocalAuth is auth's own, which has the keys and the revocations: no call to itself.
func LocalAuth(s Settings, keys authn.Keys, fetch authn.Fetch, log *slog.Logger) *Auth {
	a := &Auth{settings: s}
	a.verify(keys, authn.RevocationsOptions{Fetch: fetch, Log: log})
	return a
}

func (a *Auth) verify(keys authn.Keys, options authn.RevocationsOptions) {
	a.Revocations = authn.NewRevocations(Revocations, options)
	a.Verifier = authn.NewVerifier(authn.VerifierOptions{
		Issuer: a.settings.TokenIssuer(), Service: a.settings.Service, Keys: keys, Revoked: a.Revocations.Revoked,
	})
}

// Client calls a peer at its address, with tokens of this service's own for the scope.
func (a *Auth) Client(peer *resilience.Policy, address, scope string) *httpclient.Client {
	return httpclient.New(httpclient.Options{
		Peer: peer.Name(), BaseURL: address, Policy: peer, Tokens: a.credentials(peer.Name(), scope),
	})
}

func (a *Auth) credentials(audience, scope string) *httpclient.ClientCredentials {
	return httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
		TokenURL: a.settings.auth(tokenPath), ClientID: a.settings.Service, Secret: a.secret, Audience: audience, Scope: scope,
	})
}
