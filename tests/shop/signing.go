package shop

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"

	"github.com/stretchr/testify/require"
)

// SigningKey is auth's own, of a shop whose environment has this SECRET_KEY: with it and the database a test can make any token.
func (s *Shop) SigningKey(secretKey string) (kid string, key ed25519.PrivateKey) {
	s.t.Helper()
	var sealed string
	row := s.Open("auth").QueryRowContext(s.t.Context(), "SELECT kid, cifrada FROM claves WHERE retirada_en IS NULL")
	require.NoError(s.t, row.Scan(&kid, &sealed))
	raw, err := base64.StdEncoding.DecodeString(sealed)
	require.NoError(s.t, err)
	derived, err := hkdf.Key(sha256.New, []byte(secretKey), nil, "tienda auth signing keys v1", 32)
	require.NoError(s.t, err)
	block, err := aes.NewCipher(derived)
	require.NoError(s.t, err)
	seal, err := cipher.NewGCM(block)
	require.NoError(s.t, err)
	seed, err := seal.Open(nil, raw[:seal.NonceSize()], raw[seal.NonceSize():], []byte(kid))
	require.NoError(s.t, err)
	return kid, ed25519.NewKeyFromSeed(seed)
}
