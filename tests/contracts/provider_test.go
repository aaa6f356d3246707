//go:build pact

package contracts

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pact-foundation/pact-go/v2/models"
	"github.com/pact-foundation/pact-go/v2/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestProviders asks the real services every question that somebody relies on.
func TestProviders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"auth", "productos", "inventario"} {
		t.Run(name, func(t *testing.T) {
			for _, c := range consumersOf(t, name) {
				t.Run(c, func(t *testing.T) { w.verify(t, c, name) })
			}
		})
	}
}

// consumersOf finds who has a contract with a provider.
func consumersOf(t *testing.T, name string) (consumers []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("pacts", "*-"+name+".json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "nobody relies on %s? Run make contracts-write", name)
	for _, file := range files {
		consumers = append(consumers, strings.TrimSuffix(filepath.Base(file), "-"+name+".json"))
	}
	return consumers
}

// world is a running shop in which every state of every contract can come about.
type world struct {
	shop     *shop.Shop
	database *dbtest.Cluster
	states   models.StateHandlers
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{database: dbtest.StartCluster(t)}
	env := map[string]string{}
	for _, service := range []string{"pedidos", "inventario", "productos"} {
		env[strings.ToUpper(service)+"_CLIENT_SECRET"] = secretOf(service)
	}
	w.shop = shop.New(t, shop.Options{Cluster: w.database, Env: env})
	w.prepare(t)
	return w
}

// prepare makes what the states speak of. Each reservation is there for one exchange, so that the order of them is no matter.
func (w *world) prepare(t *testing.T) {
	t.Helper()
	s, admin := w.shop, w.shop.Admin()
	require.EqualValues(t, 1, s.Product(10), "a fresh shop begins with product 1")
	require.EqualValues(t, 2, s.Product(0))
	s.Must(http.StatusNoContent, "productos", "DELETE", "/productos/2", admin, nil)

	w.states = models.StateHandlers{}
	there := func(state string) {
		w.states[state] = func(bool, models.ProviderState) (models.ProviderStateResponse, error) { return nil, nil }
	}
	there("product 1 is for sale, product 2 is archived")
	there("product 99 does not exist")
	there("product 1 has 10 units")

	token := w.token(t, "pedidos", "inventario")
	for id, step := range map[string]string{held: "", heldToo: "", toConsume: "", closed: "/liberar", released: "/liberar", consumed: "/consumir"} {
		s.Must(http.StatusCreated, "inventario", "PUT", "/reservas/"+id, token, shop.Object{"lineas": []shop.Object{{"producto_id": 1, "cantidad": 2}}})
		state := "holds 2 units of product 1"
		if step != "" {
			state = map[string]string{"/liberar": "is released", "/consumir": "is consumed"}[step]
			s.Must(http.StatusOK, "inventario", "POST", "/reservas/"+id+step, token, nil)
		}
		there("reservation " + id + " " + state)
		s.Must(http.StatusOK, "inventario", "PATCH", "/inventario/1", admin, shop.Object{"cantidad": 2, "tipo_movimiento": "ENTRADA"})
	}

	customer := s.Must(http.StatusCreated, "auth", "POST", "/register", "", shop.Object{
		"username": "quien-cambia", "email": "cambia@tienda.example", "password": "una-frase-larga-y-propia",
	})
	session := s.Must(http.StatusOK, "auth", "POST", "/login", "", shop.Object{"username": "quien-cambia", "password": "una-frase-larga-y-propia"})
	s.Must(http.StatusNoContent, "auth", "POST", "/logout", "", shop.Object{"refresh_token": session.Text("refresh_token")})
	s.Must(http.StatusOK, "auth", "PATCH", fmt.Sprintf("/usuarios/%d", customer.Int("id")), admin, shop.Object{"rol": "soporte"})
	there("a session has ended and a user has another role")

	w.states["the database is down"] = func(down bool, _ models.ProviderState) (models.ProviderStateResponse, error) {
		if down {
			return nil, w.database.Stop()
		}
		if err := w.database.Start(); err != nil {
			return nil, err
		}
		for _, service := range []string{"auth", "productos", "inventario"} {
			s.Await(service)
		}
		return nil, nil
	}
}

func (w *world) token(t *testing.T, service, audience string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {service}, "client_secret": {secretOf(service)}, "audience": {audience}}
	a := w.shop.Call("auth", "POST", "/token", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	return a.Text("access_token")
}

func (w *world) verify(t *testing.T, consumer, name string) {
	t.Helper()
	file := filepath.Join("pacts", consumer+"-"+name+".json")
	w.checkStates(t, file)
	good := w.token(t, consumer, name)
	err := provider.NewVerifier().VerifyProvider(t, provider.VerifyRequest{
		Provider: name, ProviderBaseURL: changed(t, name, w.shop.URL(name)), PactFiles: []string{file}, StateHandlers: w.states, DisableColoredOutput: true,
		RequestFilter: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "Bearer "+goodToken {
					r.Header.Set("Authorization", "Bearer "+good)
				}
				next.ServeHTTP(rw, r)
			})
		},
	})
	assert.NoError(t, err, "%[1]s no longer answers as %[2]s relies on: the lines above say where tests/contracts/%[3]s and the answer differ.\n"+
		"Mend %[1]s, or agree on another contract with the owners of /%[2]s in CODEOWNERS.", name, consumer, file)
}

// checkStates: Pact passes over a state that nobody can bring about.
func (w *world) checkStates(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var pact struct {
		Interactions []struct {
			ProviderStates []struct{ Name string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &pact))
	require.NotEmpty(t, pact.Interactions)
	known := slices.Collect(maps.Keys(w.states))
	for _, i := range pact.Interactions {
		for _, state := range i.ProviderStates {
			require.Contains(t, known, state.Name, "a state of %s that provider_test.go cannot bring about", file)
		}
	}
}
