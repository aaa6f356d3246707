package firma_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/adapters/firma"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

const (
	emisor  = "http://auth.test"
	secreto = config.Secret("q3Jc0m2ZVt8rWnLk5yHhBdXs1uEfGa7PoIvTzNx4KwM")
)

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

func almacen(t *testing.T, url string) (*bunstore.Almacen, *database.DB) {
	t.Helper()
	db := esquema.Open(t, url, database.Options{})
	return bunstore.New(db), db
}

func abrir(t *testing.T, claves ports.Claves) *firma.Llavero {
	t.Helper()
	l, err := firma.Abrir(t.Context(), claves, secreto, emisor, time.Now)
	require.NoError(t, err)
	return l
}

func verificador(servicio string, claves authn.Keys) *authn.Verifier {
	return authn.NewVerifier(authn.VerifierOptions{Issuer: emisor, Service: servicio, Keys: claves})
}

func TestLlavero_Firmar(t *testing.T) {
	t.Parallel()
	a, _ := almacen(t, esquema.SQLite(t))
	l := abrir(t, a)
	t.Run("de_un_usuario", func(t *testing.T) {
		t.Parallel()
		token, err := l.Firmar(t.Context(), ports.DatosDeToken{
			Sujeto: "7", Audiencia: authn.UserAudience, Sesion: "s1", Alcances: []string{"perfil", "pedidos:propios"},
			Vida: 15 * time.Minute,
		})
		require.NoError(t, err)
		for _, servicio := range []string{"auth", "productos", "inventario", "pedidos"} {
			caller, err := verificador(servicio, l).Verify(t.Context(), token)
			require.NoError(t, err)
			id, ok := caller.UserID()
			assert.True(t, ok)
			assert.EqualValues(t, 7, id)
			assert.Equal(t, "s1", caller.SessionID)
			assert.Equal(t, []string{"perfil", "pedidos:propios"}, caller.Scopes)
			assert.Equal(t, 15*time.Minute, caller.ExpiresAt.Sub(caller.IssuedAt))
			assert.WithinDuration(t, time.Now(), caller.IssuedAt, 5*time.Second)
		}
		cabecera := map[string]any{"alg": "EdDSA", "typ": "at+jwt", "kid": l.Publicas(t.Context())[0].Kid}
		assert.Equal(t, cabecera, parte(t, token, 0), "exactly these claims")
		claims := parte(t, token, 1)
		assert.ElementsMatch(t, []string{"iss", "sub", "aud", "scope", "sid", "jti", "iat", "exp"}, claves(claims))
		assert.Equal(t, authn.UserAudience, claims["aud"], "one text, not a list")

		otro, err := l.Firmar(t.Context(),
			ports.DatosDeToken{Sujeto: "7", Audiencia: authn.UserAudience, Sesion: "s1", Vida: time.Minute})
		require.NoError(t, err)
		assert.NotEqual(t, claims["jti"], parte(t, otro, 1)["jti"])
	})
	t.Run("de_un_servicio", func(t *testing.T) {
		t.Parallel()
		token, err := l.Firmar(t.Context(),
			ports.DatosDeToken{Sujeto: "servicio:pedidos", Audiencia: "inventario", Vida: authn.MaxServiceLife})
		require.NoError(t, err)
		assert.ElementsMatch(t, []string{"iss", "sub", "aud", "scope", "jti", "iat", "exp"}, claves(parte(t, token, 1)))
		caller, err := verificador("inventario", l).Verify(t.Context(), token)
		require.NoError(t, err)
		servicio, ok := caller.Service()
		assert.True(t, ok)
		assert.Equal(t, "pedidos", servicio)
		assert.Empty(t, caller.Scopes)
		_, err = verificador("productos", l).Verify(t.Context(), token)
		assert.ErrorIs(t, err, fault.ErrUnauthenticated)
	})
}

func TestLlavero_la_clave_privada_no_se_lee_en_la_base(t *testing.T) {
	t.Parallel()
	a, db := almacen(t, esquema.SQLite(t))
	l := abrir(t, a)
	filas, err := a.Todas(t.Context())
	require.NoError(t, err)
	require.Len(t, filas, 1)
	assert.Len(t, filas[0].Publica, ed25519.PublicKeySize)
	// The stored bytes beside the public key do not contain its seed, at any offset.
	for i := 0; i+ed25519.SeedSize <= len(filas[0].Cifrada); i++ {
		publica := ed25519.NewKeyFromSeed(filas[0].Cifrada[i : i+ed25519.SeedSize]).Public()
		assert.NotEqual(t, ed25519.PublicKey(filas[0].Publica), publica)
	}
	assert.Len(t, filas[0].Cifrada, 12+ed25519.SeedSize+16, "nonce, seed, tag")
	assert.Equal(t, l.Publicas(t.Context())[0].Kid, filas[0].Kid)

	// The ciphertext is bound to the kid: two rows cannot be swapped, and a changed byte is an error.
	_, err = db.Write().Exec(t.Context(), "UPDATE claves SET kid = 'otro'")
	require.NoError(t, err)
	_, err = firma.Abrir(t.Context(), a, secreto, emisor, time.Now)
	require.Error(t, err)
}

func TestAbrir_otro_SECRET_KEY_se_nombra(t *testing.T) {
	t.Parallel()
	a, _ := almacen(t, esquema.SQLite(t))
	abrir(t, a)
	const otro = config.Secret("Zk8vB1nQ4tR7yU0iO3pA6sD9fG2hJ5kL8zX1cV4bN7m")
	_, err := firma.Abrir(t.Context(), a, otro, emisor, time.Now)
	require.ErrorContains(t, err, "SECRET_KEY")
	assert.NotContains(t, err.Error(), otro.Reveal())
	filas, err := a.Todas(t.Context())
	require.NoError(t, err)
	assert.Len(t, filas, 1, "the keys are still in the database")
	abrir(t, a)
}

func TestAbrir_varios_procesos_a_la_vez_comparten_la_clave(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		a, _ := almacen(t, url)
		llaveros := make([]*firma.Llavero, 8)
		var wg sync.WaitGroup
		for i := range llaveros {
			wg.Go(func() {
				l, err := firma.Abrir(context.WithoutCancel(t.Context()), a, secreto, emisor, time.Now)
				assert.NoError(t, err)
				llaveros[i] = l
			})
		}
		wg.Wait()
		for i, l := range llaveros {
			require.NotNil(t, l)
			token, err := l.Firmar(t.Context(),
				ports.DatosDeToken{Sujeto: "7", Audiencia: authn.UserAudience, Sesion: "s", Vida: time.Minute})
			require.NoError(t, err)
			_, err = verificador("auth", llaveros[(i+1)%len(llaveros)]).Verify(t.Context(), token)
			require.NoError(t, err, "another instance verifies the token")
			assert.Equal(t, llaveros[0].Publicas(t.Context()), l.Publicas(t.Context()))
		}
	})
}

// sinActiva never stores a key.
type sinActiva struct{ err error }

func (s sinActiva) CrearSiFalta(context.Context, ports.Clave) error { return s.err }
func (s sinActiva) Todas(context.Context) ([]ports.Clave, error)    { return nil, nil }
func (s sinActiva) Reponer(context.Context, ports.Clave) error      { return s.err }
func (s sinActiva) Relevar(context.Context, *domain.Solicitante, ports.Clave, time.Time, time.Time) error {
	return s.err
}

func TestAbrir_sin_claves_no_arranca(t *testing.T) {
	t.Parallel()
	_, err := firma.Abrir(t.Context(), sinActiva{}, secreto, emisor, time.Now)
	require.Error(t, err)
	rota := errors.New("rota")
	_, err = firma.Abrir(t.Context(), sinActiva{rota}, secreto, emisor, time.Now)
	require.ErrorIs(t, err, rota)
}

// parte decodes a part of a token: 0 the header, 1 the claims.
func parte(t *testing.T, token string, i int) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(raw, &m))
	return m
}

func claves(m map[string]any) []string {
	var todas []string
	for k := range m {
		todas = append(todas, k)
	}
	return todas
}
