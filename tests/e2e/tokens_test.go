package e2e_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authntest"
	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/tests/shop"
)

const secretKey = "la-llave-de-la-caja-fuerte-de-la-tienda-3c8"

// signingKey is auth's own: with SECRET_KEY and its database there is nothing that a token could not say.
func signingKey(t *testing.T, s *shop.Shop) (kid string, key ed25519.PrivateKey) {
	t.Helper()
	db, err := database.Open(t.Context(), "sqlite://"+filepath.Join(s.Dir(), "auth.db"), database.Options{})
	require.NoError(t, err)
	defer db.Close()
	var sealed string
	require.NoError(t, db.DB.DB.QueryRowContext(t.Context(), "SELECT kid, cifrada FROM claves WHERE retirada_en IS NULL").Scan(&kid, &sealed))
	raw, err := base64.StdEncoding.DecodeString(sealed)
	require.NoError(t, err)
	derived, err := hkdf.Key(sha256.New, []byte(secretKey), nil, "tienda auth signing keys v1", 32)
	require.NoError(t, err)
	block, err := aes.NewCipher(derived)
	require.NoError(t, err)
	seal, err := cipher.NewGCM(block)
	require.NoError(t, err)
	seed, err := seal.Open(nil, raw[:seal.NonceSize()], raw[seal.NonceSize():], []byte(kid))
	require.NoError(t, err)
	return kid, ed25519.NewKeyFromSeed(seed)
}

// TestBadTokens shows the whole corpus to each of the four services, signed with auth's own key: nobody gets in.
func TestBadTokens(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{Env: map[string]string{"SECRET_KEY": secretKey}})
	kid, key := signingKey(t, s)
	s.Product(1)
	for service, path := range map[string]string{
		"auth": "/me", "productos": "/productos", "inventario": "/inventario/1", "pedidos": "/pedidos",
	} {
		m := authntest.Minter{Issuer: s.URL("auth"), Service: service, Kid: kid, Key: key, Now: time.Now()}
		claims := m.User().With(authntest.Object{"sub": "1", "scope": "perfil pedidos:propios inventario:consultar"})
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
