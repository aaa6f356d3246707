//go:build pact

package contracts

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/service"
)

// secretOf is a service's client secret in these contracts alone.
func secretOf(service string) string { return "secreto-de-contrato-de-" + service + "-0123456789" }

// TestServices_auth: keys, tokens and revocations come to every service by the same code of kit; each service's requests to auth
// are its own.
func TestServices_auth(t *testing.T) {
	t.Parallel()
	for service, audience := range map[string][2]string{
		"pedidos": {"inventario", "inventario:reservar"}, "inventario": {"auth", "revocaciones:leer"},
		"productos": {"auth", "revocaciones:leer"},
	} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			contract(t, service, "auth", append(tokenExchanges(service, audience[0], audience[1]), keysExchange(), revocations(),
				revocationsRefused(), revocationsAway()))
		})
	}
}

func tokenExchanges(service, audience, scope string) []exchange {
	basic := func(secret string) map[string]matchers.Matcher {
		return map[string]matchers.Matcher{
			"Authorization": matchers.S("Basic " + base64.StdEncoding.EncodeToString([]byte(service+":"+secret))),
		}
	}
	form := "audience=" + audience + "&grant_type=client_credentials&scope=" + strings.ReplaceAll(scope, ":", "%3A")
	ask := func(t *testing.T, url, secret string) (string, error) {
		t.Helper()
		return httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
			TokenURL: url + "/token", ClientID: service, Secret: config.Secret(secret), Audience: audience, Scope: scope,
		}).Token(t.Context())
	}
	return []exchange{{
		name: "a token of its own", method: "POST", path: "/token", header: basic(secretOf(service)), form: form,
		status: 200, answer: object{"access_token": text("a.b.c"), "token_type": matchers.Term("Bearer", `^(?i)bearer$`),
			"expires_in": whole(300)},
		use: func(t *testing.T, url string) {
			token, err := ask(t, url, secretOf(service))
			require.NoError(t, err)
			assert.Equal(t, "a.b.c", token)
		},
	}, {
		name: "a token with a secret that is refused", method: "POST", path: "/token",
		header: basic("otro-secreto-que-no-es-el-de-nadie"), form: form, status: 401, problem: true,
		answer: problem("CLIENTE_INVALIDO"),
		use: func(t *testing.T, url string) {
			_, err := ask(t, url, "otro-secreto-que-no-es-el-de-nadie")
			assert.ErrorIs(t, err, fault.ErrUnavailable)
		},
	}}
}

func keysExchange() exchange {
	return exchange{
		name: "the public keys", method: "GET", path: "/.well-known/jwks.json",
		status: 200, answer: object{"keys": matchers.EachLike(object{
			"kty": matchers.Term("OKP", `^OKP$`), "crv": matchers.Term("Ed25519", `^Ed25519$`), "kid": text(exampleKid),
			"x": matchers.Term(examplePublic, `^[A-Za-z0-9_-]{43}$`), "alg": matchers.Term("EdDSA", `^EdDSA$`),
			"use": matchers.Term("sig", `^sig$`),
		}, 1)},
		use: func(t *testing.T, url string) {
			key, err := authn.NewRemoteKeys(authn.RemoteKeysOptions{URL: url + "/.well-known/jwks.json"}).Key(t.Context(), exampleKid)
			require.NoError(t, err)
			assert.Equal(t, examplePublic, base64.RawURLEncoding.EncodeToString(key))
		},
	}
}

func revocations() exchange {
	const sid, since = "sesion-1", "2026-01-02T03:04:05Z"
	return exchange{
		name: "the revocations", state: "a session has ended and a user has another role", method: "GET", path: "/revocaciones",
		header: map[string]matchers.Matcher{"Authorization": matchers.S("Bearer " + goodToken)},
		status: 200, answer: object{
			"sesiones": matchers.EachLike(text(sid), 1),
			"usuarios": matchers.EachLike(object{"id": whole(7),
				"desde": matchers.Term(since, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)}, 1),
		},
		use: func(t *testing.T, url string) {
			r := authn.NewRevocations(service.Revocations, authn.RevocationsOptions{
				Fetch: authn.FetchFrom(url+"/revocaciones", fixed(goodToken)),
			})
			require.NoError(t, r.Poll(t.Context()))
			before, err := time.Parse(time.RFC3339, since)
			require.NoError(t, err)
			for _, c := range []struct {
				caller authn.Caller
				dead   bool
			}{
				{authn.Caller{Subject: "1", SessionID: sid}, true},
				{authn.Caller{Subject: "7", IssuedAt: before.Add(-time.Second)}, true},
				{authn.Caller{Subject: "7", IssuedAt: before}, false},
			} {
				dead, err := r.Revoked(c.caller)
				require.NoError(t, err)
				assert.Equal(t, c.dead, dead)
			}
		},
	}
}

// revocationsAway: of what auth answers a service, this alone needs its database at that moment.
func revocationsAway() exchange {
	return exchange{
		name: "the revocations while auth cannot read them", state: "the database is down", method: "GET", path: "/revocaciones",
		header: map[string]matchers.Matcher{"Authorization": matchers.S("Bearer " + goodToken)},
		status: 503, answerHeader: retryAfter, problem: true, answer: problem("SERVICIO_NO_DISPONIBLE"),
		use: func(t *testing.T, url string) {
			_, _, err := authn.FetchFrom(url+"/revocaciones", fixed(goodToken))(t.Context(), "")
			assert.ErrorContains(t, err, "503")
		},
	}
}

func revocationsRefused() exchange {
	return exchange{
		name: "the revocations with a token that is refused", method: "GET", path: "/revocaciones",
		header: map[string]matchers.Matcher{"Authorization": matchers.S("Bearer " + badToken)},
		status: 401, problem: true, answer: problem("NO_AUTENTICADO"),
		use: func(t *testing.T, url string) {
			_, _, err := authn.FetchFrom(url+"/revocaciones", fixed(badToken))(t.Context(), "")
			assert.ErrorContains(t, err, "401")
		},
	}
}
