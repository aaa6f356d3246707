package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/dbtest"
)

// instancias starts n processes of auth on one database, and returns their addresses and their common configuration.
func instancias(t *testing.T, n int) ([]string, configuracion) {
	t.Helper()
	cfg := configuracion{
		Config: enDirectorio(t), BaseURL: dbtest.Postgres(t), MinutosToken: 15,
		AdminNombre: "admin", AdminEmail: "admin@example.com", AdminContrasena: "correcto caballo",
	}
	var urls []string
	for range n {
		p := iniciar(t, cfg)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		var servida sync.WaitGroup
		servida.Go(func() { assert.NoError(t, p.Server.App().Listener(listener)) })
		t.Cleanup(func() { assert.NoError(t, p.Server.App().Shutdown()); servida.Wait() })
		require.NoError(t, primerAdmin(t.Context(), cfg, p.servicio, slog.New(slog.DiscardHandler)))
		urls = append(urls, "http://"+listener.Addr().String())
	}
	return urls, cfg
}

// llamada is a request of this test; it is an error when the answer is not 200.
type llamada struct{ metodo, url, token, tipo, cuerpo string }

func (l llamada) hacer(t *testing.T) (map[string]any, error) {
	peticion, err := http.NewRequestWithContext(t.Context(), l.metodo, l.url, strings.NewReader(l.cuerpo))
	if err != nil {
		return nil, err
	}
	peticion.Header.Set("Content-Type", l.tipo)
	if l.token != "" {
		peticion.Header.Set("Authorization", "Bearer "+l.token)
	}
	r, err := http.DefaultClient.Do(peticion)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %d %s", l.metodo, l.url, r.StatusCode, raw)
	}
	var m map[string]any
	return m, json.Unmarshal(raw, &m)
}

// Both instances rotate keys in turn, while both issue tokens that the other instance and the services verify at once: no caller
// is refused.
func TestRotar_dos_instancias_bajo_carga(t *testing.T) {
	t.Parallel()
	urls, cfg := instancias(t, 2)
	secretos, err := nuevosSecretos(cfg)
	require.NoError(t, err)
	const json = "application/json"
	// Of four services, two fetch the keys from each instance.
	servicios := []string{"productos", "inventario", "pedidos", "auth"}
	verificadores := make([]*authn.Verifier, len(servicios))
	for i, nombre := range servicios {
		verificadores[i] = authn.NewVerifier(authn.VerifierOptions{
			Issuer: cfg.TokenIssuer(), Service: nombre,
			Keys: authn.NewRemoteKeys(authn.RemoteKeysOptions{URL: urls[i%2] + "/.well-known/jwks.json"}),
		})
	}

	var vueltas atomic.Int64
	fin := make(chan struct{})
	var carga sync.WaitGroup
	for i := range 8 {
		par, err := llamada{"POST", urls[i%2] + "/login", "", json, `{"username":"admin","password":"correcto caballo"}`}.hacer(t)
		require.NoError(t, err)
		carga.Go(func() {
			for vuelta := i; ; vuelta++ {
				select {
				case <-fin:
					return
				default:
				}
				una, otra := urls[vuelta%2], urls[(vuelta+1)%2]
				if vuelta%50 == 49 { // a session is refreshed 60 times a minute at most
					par, err = llamada{"POST", una + "/login", "", json, `{"username":"admin","password":"correcto caballo"}`}.hacer(t)
					if !assert.NoError(t, err) {
						return
					}
				}
				nuevo, err := llamada{"POST", una + "/refresh", "", json, fmt.Sprintf(`{"refresh_token":%q}`, par["refresh_token"])}.hacer(t)
				if !assert.NoError(t, err) {
					return
				}
				par = nuevo
				acceso := par["access_token"].(string)
				// All at the same time: a verifier without the new key must not refuse a token because another request is fetching the key.
				var todos sync.WaitGroup
				for _, donde := range []string{una, otra, otra} {
					todos.Go(func() {
						_, err := llamada{"GET", donde + "/me", acceso, json, ""}.hacer(t)
						assert.NoError(t, err)
					})
				}
				for j, v := range verificadores {
					todos.Go(func() {
						_, err := v.Verify(t.Context(), acceso)
						assert.NoError(t, err, servicios[j])
					})
				}
				todos.Go(func() {
					formulario := url.Values{"grant_type": {"client_credentials"}, "client_id": {"pedidos"},
						"client_secret": {secretos.clientes["pedidos"].Reveal()}, "audience": {"inventario"}}
					concesion, err := llamada{"POST", una + "/token", "", "application/x-www-form-urlencoded", formulario.Encode()}.hacer(t)
					if assert.NoError(t, err) {
						_, err = verificadores[1].Verify(t.Context(), concesion["access_token"].(string))
						assert.NoError(t, err)
					}
				})
				todos.Wait()
				vueltas.Add(1)
			}
		})
	}
	kids := map[any]bool{}
	for i := range 4 {
		desde := vueltas.Load()
		assert.Eventually(t, func() bool { return t.Failed() || vueltas.Load() >= desde+20 }, time.Minute, time.Millisecond,
			"the load goes on")
		admin, err := llamada{"POST", urls[i%2] + "/login", "", json, `{"username":"admin","password":"correcto caballo"}`}.hacer(t)
		require.NoError(t, err)
		clave, err := llamada{"POST", urls[i%2] + "/claves/rotar", admin["access_token"].(string), json, ""}.hacer(t)
		require.NoError(t, err)
		kids[clave["kid"]] = true
	}
	desde := vueltas.Load()
	assert.Eventually(t, func() bool { return t.Failed() || vueltas.Load() >= desde+20 }, time.Minute, time.Millisecond,
		"the load goes on")
	close(fin)
	carga.Wait()
	assert.Len(t, kids, 4)
}
