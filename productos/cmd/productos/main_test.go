package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/apitest"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/service"
)

// clave is auth's key in these tests.
var clave = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func TestInicializar(t *testing.T) {
	t.Parallel()
	t.Run("sin_auth_el_catalogo_se_lee", func(t *testing.T) {
		t.Parallel()
		cfg := configuracionDe(t, "http://127.0.0.1:1")
		s := iniciar(t, cfg)
		assert.Equal(t, http.StatusOK, pedir(t, s, "GET", "/productos", ""))
		assert.Equal(t, http.StatusServiceUnavailable, pedir(t, s, "POST", "/productos", token(cfg, clave)), "never 401")
		assert.Equal(t, http.StatusServiceUnavailable, pedir(t, s, "GET", "/health/ready", ""))
		assert.Equal(t, http.StatusOK, pedir(t, s, "GET", "/health/live", ""))
	})
	t.Run("con_auth_vale_su_firma_y_ninguna_otra", func(t *testing.T) {
		t.Parallel()
		cfg := configuracionDe(t, auth(t))
		s := iniciar(t, cfg)
		otra := ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", ed25519.SeedSize)))
		assert.Equal(t, http.StatusUnauthorized, pedir(t, s, "POST", "/productos", token(cfg, otra)))
		assert.Equal(t, http.StatusCreated, pedir(t, s, "POST", "/productos", token(cfg, clave)))
		assert.Equal(t, http.StatusOK, pedir(t, s, "GET", "/health/ready", ""))
	})
	t.Run("las_claves_y_las_revocaciones_sobreviven_a_un_reinicio_sin_auth", func(t *testing.T) {
		t.Parallel()
		cfg := configuracionDe(t, auth(t))
		assert.Equal(t, http.StatusCreated, pedir(t, iniciar(t, cfg), "POST", "/productos", token(cfg, clave)))

		cfg.Issuer, cfg.AuthURL = cfg.AuthURL, "http://127.0.0.1:1"
		assert.Equal(t, http.StatusConflict, pedir(t, iniciar(t, cfg), "POST", "/productos", token(cfg, clave)), "the name is taken")
	})
	t.Run("una_base_mal_escrita_se_nombra", func(t *testing.T) {
		t.Parallel()
		cfg := configuracionDe(t, "http://127.0.0.1:1")
		cfg.BaseURL = "mysql://secreto@localhost"
		_, _, err := inicializar(t.Context(), cfg, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "PRODUCTOS_DB_URL")
		assert.NotContains(t, err.Error(), "secreto")
	})
}

func TestEjecutar_argumentos_desconocidos(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, service.Command(orden(), []string{"opeanpi"}, io.Discard), service.ErrUsage)
}

func configuracionDe(t *testing.T, auth string) configuracion {
	t.Helper()
	return configuracion{Config: service.Config{Common: config.Common{DataDir: t.TempDir()}, AuthURL: auth}}
}

func iniciar(t *testing.T, cfg configuracion) *httpserver.Server {
	t.Helper()
	proceso, cerrar, err := inicializar(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(cerrar)
	_ = proceso.Auth.Revocations.Poll(t.Context()) // as Run does first; without auth this fails
	return proceso.Server
}

func pedir(t *testing.T, s *httpserver.Server, metodo, ruta, token string) int {
	t.Helper()
	cuerpo := ""
	if metodo == "POST" {
		cuerpo = `{"nombre":"Taza","precio":1}`
	}
	r, _ := apitest.Do(t, s, metodo, ruta, cuerpo, apitest.As(token))
	return r.StatusCode
}

// auth answers like auth: with the public key of clave, with a service token, and with an empty list of revocations.
func auth(t *testing.T) string {
	t.Helper()
	publica := base64.RawURLEncoding.EncodeToString(clave.Public().(ed25519.PublicKey))
	servidor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/.well-known/jwks.json":
			_, _ = w.Write([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"k","x":"` + publica + `"}]}`))
		case "/token":
			_, _ = w.Write([]byte(`{"access_token":"propio","token_type":"Bearer","expires_in":300}`))
		case "/revocaciones":
			_, _ = w.Write([]byte(`{"sesiones":[],"usuarios":[]}`))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(servidor.Close)
	return servidor.URL
}

// token is a token of auth for a user with productos:escribir.
func token(cfg configuracion, firma ed25519.PrivateKey) string {
	segmento := func(v map[string]any) string {
		raw, _ := json.Marshal(v) // of strings and numbers
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	ahora := time.Now().Unix()
	firmado := segmento(map[string]any{"alg": "EdDSA", "typ": "at+jwt", "kid": "k"}) + "." + segmento(map[string]any{
		"iss": cfg.TokenIssuer(), "sub": "1", "aud": "tienda", "scope": "productos:escribir", "sid": "s", "jti": "j",
		"iat": ahora, "exp": ahora + 60,
	})
	return firmado + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(firma, []byte(firmado)))
}
