package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authntest"

	"github.com/tienda-go/tienda/tests/shop"
)

const secretKey = "la-llave-de-la-caja-fuerte-de-la-tienda-3c8"

// TestBadTokens shows the whole corpus to each of the four services, signed with auth's own key: none is accepted.
func TestBadTokens(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{Env: map[string]string{"SECRET_KEY": secretKey}})
	kid, key := s.SigningKey(secretKey)
	s.Product(1)
	session := sessionOf(t, s.Admin())
	for service, path := range map[string]string{
		"auth": "/me", "productos": "/productos", "inventario": "/inventario/1", "pedidos": "/pedidos",
	} {
		m := authntest.Minter{Issuer: s.URL("auth"), Service: service, Kid: kid, Key: key, Now: time.Now()}
		claims := m.User().With(authntest.Object{"sub": "1", "sid": session, "scope": "perfil pedidos:propios inventario:consultar"})
		good := s.Call(service, "GET", path, authntest.Sign(m.Header(), claims, key), nil)
		require.Equal(t, 200, good.Status, "%s: a token that is right is let in: %s", service, good.Body)
		sent := 0
		for name, token := range m.Bad() {
			if token == "" || len(token) > 7<<10 || strings.ContainsAny(token, "\n\x00") || strings.TrimSpace(token) != token {
				continue // cannot be sent in a header, or is no token at all
			}
			a := s.Call(service, "GET", path, token, nil)
			assert.Equal(t, 401, a.Status, "%s: %s: %s", service, name, a.Body)
			assert.Equal(t, "NO_AUTENTICADO", a.Text("codigo"), "%s: %s", service, name)
			assert.NotEmpty(t, a.Header.Get("WWW-Authenticate"))
			sent++
		}
		assert.GreaterOrEqual(t, sent, 48, service)
		two, err := s.Do(service, "GET", path, "", nil, "Authorization", "Bearer "+authntest.Sign(m.Header(), claims, key)+", Bearer x")
		require.NoError(t, err)
		assert.Equal(t, 401, two.Status, "%s: two tokens", service)
	}
}

// sessionOf is the sid of an access token: auth looks for it among its rows.
func sessionOf(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	require.NoError(t, err)
	var claims struct{ Sid string }
	require.NoError(t, json.Unmarshal(raw, &claims))
	return claims.Sid
}
