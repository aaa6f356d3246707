package firma

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/tienda-go/tienda/kit/config"

	"github.com/tienda-go/tienda/auth/ports"
)

// nuevoSello makes the cipher for stored private keys: AES-256-GCM with a key from SECRET_KEY (RFC 5869).
func nuevoSello(secreto config.Secret) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secreto.Reveal()), nil, "tienda auth signing keys v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derivar clave: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derivar clave: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (l *Llavero) nueva() (ports.Clave, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return ports.Clave{}, fmt.Errorf("crear clave de firma: %w", err)
	}
	kid := thumbprint(public)
	return ports.Clave{Kid: kid, Publica: public, Cifrada: l.cifrar(kid, private.Seed()), CreadaEn: l.reloj()}, nil
}

// thumbprint is the kid of a key: RFC 7638 over the members of RFC 8037.
func thumbprint(public ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// cifrar binds the ciphertext to its kid, so that two rows cannot be swapped.
func (l *Llavero) cifrar(kid string, seed []byte) []byte {
	return l.sello.Seal(nil, nil, seed, []byte(kid))
}

func (l *Llavero) descifrar(kid string, cifrada []byte) (ed25519.PrivateKey, error) {
	if len(cifrada) < l.sello.Overhead() {
		return nil, errors.New("stored signing key is damaged")
	}
	seed, err := l.sello.Open(nil, nil, cifrada, []byte(kid))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("SECRET_KEY is not the one that encrypted the signing keys in the database: set it back to that " +
			"one, or, if it is lost, run `auth keys reset`, after which everybody has to log in again")
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
