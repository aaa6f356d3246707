package firma_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/adapters/firma"
	"github.com/tienda-go/tienda/auth/ports"
)

// vigiladas count the reads of keys, and can make them fail.
type vigiladas struct {
	ports.Claves
	mu     sync.Mutex
	vistas int
	caidas bool
}

func (v *vigiladas) Todas(ctx context.Context) ([]ports.Clave, error) {
	v.mu.Lock()
	v.vistas++
	caidas := v.caidas
	v.mu.Unlock()
	if caidas {
		return nil, fault.ErrUnavailable.New("")
	}
	return v.Claves.Todas(ctx)
}

func (v *vigiladas) lecturas() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.vistas
}

// hora is a clock that the test sets.
type hora struct {
	mu    sync.Mutex
	ahora time.Time
}

func (h *hora) leer() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ahora
}

func (h *hora) pasan(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahora = h.ahora.Add(d)
}

func firmado(t *testing.T, l *firma.Llavero) string {
	t.Helper()
	token, err := l.Firmar(t.Context(),
		ports.DatosDeToken{Sujeto: "7", Audiencia: authn.UserAudience, Sesion: "s", Vida: time.Minute})
	require.NoError(t, err)
	return token
}

func kidDe(t *testing.T, token string) string {
	t.Helper()
	kid, ok := parte(t, token, 0)["kid"].(string)
	require.True(t, ok)
	return kid
}

func TestLlavero_Rotar(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		a, _ := almacen(t, url)
		h := &hora{ahora: time.Now().UTC().Truncate(time.Second)}
		abierto := func() *firma.Llavero {
			l, err := firma.Abrir(t.Context(), a, secreto, emisor, h.leer)
			require.NoError(t, err)
			return l
		}
		una, otra := abierto(), abierto()
		antes := firmado(t, una)
		h.pasan(time.Second)
		kid, err := una.Rotar(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, kid, otra.Publicas(t.Context())[0].Kid, "every instance publishes the new key at once")
		h.pasan(29 * time.Second)
		tarde := firmado(t, una)
		assert.Equal(t, kidDe(t, antes), kidDe(t, tarde), "the new key signs when every service has it")
		h.pasan(time.Second)
		despues := firmado(t, una)
		assert.Equal(t, kid, kidDe(t, despues))
		assert.Equal(t, kid, kidDe(t, firmado(t, otra)), "every instance changes the key at the same instant")
		for _, l := range []*firma.Llavero{una, otra} {
			v := authn.NewVerifier(authn.VerifierOptions{Issuer: emisor, Service: "auth", Keys: l, Now: h.leer})
			for _, token := range []string{antes, despues, tarde} {
				_, err := v.Verify(t.Context(), token)
				require.NoError(t, err)
			}
		}
		tercera := abierto()
		segunda, err := una.Rotar(t.Context(), nil)
		require.NoError(t, err)
		h.pasan(10 * time.Second)
		ultima, err := una.Rotar(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, kid, kidDe(t, firmado(t, una)), "after two rotations at once, each key signs in its turn")
		h.pasan(20 * time.Second)
		assert.Equal(t, segunda, kidDe(t, firmado(t, una)))
		h.pasan(10 * time.Second)
		assert.Equal(t, ultima, kidDe(t, firmado(t, una)))
		h.pasan(31 * time.Second)
		assert.Equal(t, ultima, kidDe(t, firmado(t, tercera)), "also in an instance that got no request")

		h.pasan(authn.MaxUserLife)
		assert.Len(t, una.Publicas(t.Context()), 4, "a token of an hour, signed by the slowest instance, may be valid")
		h.pasan(10 * time.Minute)
		assert.Len(t, una.Publicas(t.Context()), 1)
		_, err = una.Key(t.Context(), kidDe(t, antes))
		require.ErrorIs(t, err, authn.ErrUnknownKey, "the old key verifies no token any more")
	})
}

func TestLlavero_RotarPorEdad(t *testing.T) {
	t.Parallel()
	a, _ := almacen(t, esquema.SQLite(t))
	h := &hora{ahora: time.Now().UTC().Truncate(time.Second)}
	l, err := firma.Abrir(t.Context(), a, secreto, emisor, h.leer)
	require.NoError(t, err)
	primera := kidDe(t, firmado(t, l))
	for _, c := range []struct {
		pasan  time.Duration
		rotada bool
	}{{0, false}, {90*24*time.Hour - time.Second, false}, {time.Second, true}, {0, false}, {90 * 24 * time.Hour, true}} {
		h.pasan(c.pasan)
		rotada, err := l.RotarPorEdad(t.Context())
		require.NoError(t, err)
		assert.Equal(t, c.rotada, rotada)
	}
	assert.NotEqual(t, primera, kidDe(t, firmado(t, l)))
	todas, err := a.Todas(t.Context())
	require.NoError(t, err)
	assert.Len(t, todas, 2, "the first key is removed from the database too")
}

// Any number of forged kids causes one read in five seconds; a key that another instance makes is found before it signs.
func TestLlavero_claves_desconocidas_no_agobian_a_la_base(t *testing.T) {
	t.Parallel()
	a, _ := almacen(t, esquema.SQLite(t))
	v := &vigiladas{Claves: a}
	h := &hora{ahora: time.Now().UTC().Truncate(time.Second)}
	l, err := firma.Abrir(t.Context(), v, secreto, emisor, h.leer)
	require.NoError(t, err)
	otra, err := firma.Abrir(t.Context(), a, secreto, emisor, h.leer)
	require.NoError(t, err)
	preguntan := func() {
		var todos sync.WaitGroup
		for i := range 20 {
			todos.Go(func() {
				for j := range 10 {
					_, err := l.Key(t.Context(), fmt.Sprint("desconocida-", h.leer().Unix(), "-", i, "-", j))
					assert.ErrorIs(t, err, authn.ErrUnknownKey)
				}
			})
		}
		todos.Wait()
	}
	preguntan()
	require.Equal(t, 1, v.lecturas(), "200 requests right after the first read")
	h.pasan(5 * time.Second)
	preguntan()
	require.LessOrEqual(t, v.lecturas(), 3, "requests of the same instant share one read, or the next one")
	h.pasan(time.Second)
	preguntan()
	lecturas := v.lecturas()
	require.LessOrEqual(t, lecturas, 3)

	kid, err := otra.Rotar(t.Context(), nil)
	require.NoError(t, err)
	for range 29 { // forged kids are sent until the key signs
		preguntan()
		h.pasan(time.Second)
	}
	assert.LessOrEqual(t, v.lecturas()-lecturas, 2*6)
	h.pasan(time.Second)
	token := firmado(t, otra)
	require.Equal(t, kid, kidDe(t, token))
	_, err = authn.NewVerifier(authn.VerifierOptions{Issuer: emisor, Service: "auth", Keys: l, Now: h.leer}).
		Verify(t.Context(), token)
	require.NoError(t, err)
}

// After a failed read a kid may still exist.
func TestLlavero_una_lectura_fallida_no_cuenta(t *testing.T) {
	t.Parallel()
	a, _ := almacen(t, esquema.SQLite(t))
	v := &vigiladas{Claves: a}
	h := &hora{ahora: time.Now().UTC().Truncate(time.Second)}
	l, err := firma.Abrir(t.Context(), v, secreto, emisor, h.leer)
	require.NoError(t, err)
	h.pasan(31 * time.Second)
	v.mu.Lock()
	v.caidas = true
	v.mu.Unlock()
	for range 2 {
		_, err = l.Key(t.Context(), "de-otra-instancia")
		require.ErrorIs(t, err, fault.ErrUnavailable)
	}
	v.mu.Lock()
	v.caidas = false
	v.mu.Unlock()
	_, err = l.Key(t.Context(), "de-otra-instancia")
	require.ErrorIs(t, err, authn.ErrUnknownKey)
}

func TestLlavero_resiste_sin_base(t *testing.T) {
	t.Parallel()
	a, _ := almacen(t, esquema.SQLite(t))
	v := &vigiladas{Claves: a}
	h := &hora{ahora: time.Now().UTC().Truncate(time.Second)}
	l, err := firma.Abrir(t.Context(), v, secreto, emisor, h.leer)
	require.NoError(t, err)
	firmado(t, l)
	assert.Equal(t, 1, v.lecturas(), "keys are not read for each token")
	v.mu.Lock()
	v.caidas = true
	v.mu.Unlock()
	for range 3 {
		h.pasan(31 * time.Second)
		_, err = l.Key(t.Context(), kidDe(t, firmado(t, l)))
		require.NoError(t, err)
	}
	assert.Equal(t, 4, v.lecturas(), "one read each half minute")
	assert.Len(t, l.Publicas(t.Context()), 1)
	_, err = l.Key(t.Context(), "de-otra-instancia")
	require.ErrorIs(t, err, fault.ErrUnavailable, "another instance may have made this key")
	_, err = l.Rotar(t.Context(), nil)
	require.ErrorIs(t, err, fault.ErrUnavailable)
	_, err = l.RotarPorEdad(t.Context())
	require.ErrorIs(t, err, fault.ErrUnavailable)
}
