//go:build pact

package contracts

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authntest"
	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/shop"
)

// world is one provider, as a process on a PostgreSQL of its own, in which every state of its contracts can come about. Its own
// peers do not run: a stand-in answers as its contracts with them say, so that a contract is red only because of its provider
// and never because of another service.
type world struct {
	name     string
	url      string // where it answers
	shop     *shop.Shop
	database *dbtest.Cluster
	states   map[string]error // whether each could be brought about
	token    func(consumer string) string
}

func newWorld(t *testing.T, name string, env map[string]string) *world {
	t.Helper()
	w := &world{name: name, database: dbtest.StartCluster(t), states: map[string]error{databaseDown: nil}}
	// Answers are not checked against the OpenAPI document too, because consumers do not rely on it.
	w.shop = shop.New(t, shop.Options{Services: []string{name}, Cluster: w.database, Env: env, Unchecked: true, Quiet: true})
	w.url = changed(t, name, w.shop.URL(name))
	return w
}

// databaseDown is the one state that comes and goes; it is how a service comes to answer 503.
const databaseDown = "the database is down"

func (w *world) setDatabase(down bool) error {
	if down {
		return w.database.Stop()
	}
	if err := w.database.Start(); err != nil {
		return err
	}
	for start := time.Now(); !w.shop.Ready(w.name); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			return fmt.Errorf("%s is not ready a minute after its database is back", w.name)
		}
	}
	return nil
}

// ask sends a request that must be answered with this status.
func (w *world) ask(status int, method, path, token string, body shop.Object) (shop.Answer, error) {
	var sent any
	if body != nil {
		sent = body
	}
	a, err := w.shop.Do(w.name, method, path, token, sent)
	if err == nil && a.Status == http.StatusUnprocessableEntity && body != nil {
		a, err = w.shop.Do(w.name, method, path, token, renamed(body, a))
	}
	if err == nil && a.Status != status {
		err = fmt.Errorf("%s %s answers %d instead of %d: %s", method, path, a.Status, status, a.Body)
	}
	return a, err
}

// renamed is a body in which the member that the refusal calls unknown has the name of the member that it misses, where there is
// one of each: a provider's renaming in its requests does not concern the readers of its answers.
func renamed(body shop.Object, refusal shop.Answer) shop.Object {
	var unknown, missing string
	for n := range 2 {
		field := refusal.Text(fmt.Sprintf("errores.%d.campo", n))
		switch refusal.Text(fmt.Sprintf("errores.%d.codigo", n)) {
		case "DESCONOCIDO":
			unknown = field
		case "OBLIGATORIO":
			missing = field
		}
	}
	if unknown == "" || missing == "" || refusal.Value("errores.2") != nil {
		return body
	}
	body = maps.Clone(body)
	body[missing] = body[unknown]
	delete(body, unknown)
	return body
}

func authWorld(t *testing.T) *world {
	t.Helper()
	env := map[string]string{}
	for _, service := range []string{"pedidos", "inventario", "productos"} {
		env[strings.ToUpper(service)+"_CLIENT_SECRET"] = secretOf(service)
	}
	w := newWorld(t, "auth", env)
	w.token = func(consumer string) string { return w.grant(consumer, "auth").Text("access_token") }
	w.states["a session has ended and a user has another role"] = w.revoke()
	return w
}

// grant is what auth answers a service that wants to call another.
func (w *world) grant(service, audience string) shop.Answer {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {service}, "client_secret": {secretOf(service)},
		"audience": {audience}}
	return w.shop.Call("auth", "POST", "/token", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// revoke ends a session, and gives a user another role.
func (w *world) revoke() error {
	const name, password = "quien-cambia", "una-frase-larga-y-propia"
	if _, err := w.ask(http.StatusCreated, "POST", "/register", "",
		shop.Object{"username": name, "email": "cambia@tienda.example", "password": password}); err != nil {
		return err
	}
	session, err := w.ask(http.StatusOK, "POST", "/login", "", shop.Object{"username": name, "password": password})
	if err != nil {
		return err
	}
	if _, err := w.ask(http.StatusNoContent, "POST", "/logout", "",
		shop.Object{"refresh_token": session.Text("refresh_token")}); err != nil {
		return err
	}
	admin, err := w.ask(http.StatusOK, "POST", "/login", "",
		shop.Object{"username": shop.AdminUsername, "password": shop.AdminPassword})
	if err != nil {
		return err
	}
	// The administrator is the first user, so this is the second.
	_, err = w.ask(http.StatusOK, "PATCH", "/usuarios/2", admin.Text("access_token"), shop.Object{"rol": "soporte"})
	return err
}

func productosWorld(t *testing.T) *world {
	t.Helper()
	mint := standInAuth(t, "productos")
	w := newWorld(t, "productos",
		map[string]string{"AUTH_SERVICE_URL": mint.Issuer, "PRODUCTOS_CLIENT_SECRET": secretOf("productos")})
	w.token = func(consumer string) string { return mint.service(consumer, "productos", "productos:leer") }
	w.states[filled] = w.fillCatalogue(mint.admin("productos:escribir"))
	w.states["product 99 does not exist"] = nil
	return w
}

// filled is the state of a catalogue after fillCatalogue.
const filled = "product 1 is for sale, 2 is archived, 3 was archived as a draft"

// fillCatalogue makes the first products of a fresh catalogue, which are 1, 2 and 3.
func (w *world) fillCatalogue(admin string) error {
	for i, estado := range []string{"ACTIVO", "ACTIVO", "BORRADOR"} {
		name := []string{"Camiseta", "Gorra", "Bufanda"}[i]
		product := shop.Object{"nombre": name, "descripcion": "De algodón", "precio": 24.90, "sku": name, "estado": estado}
		if _, err := w.ask(http.StatusCreated, "POST", "/productos", admin, product); err != nil {
			return err
		}
	}
	for _, path := range []string{"/productos/2", "/productos/3"} {
		if _, err := w.ask(http.StatusNoContent, "DELETE", path, admin, nil); err != nil {
			return err
		}
	}
	return nil
}

func inventarioWorld(t *testing.T) *world {
	t.Helper()
	mint := standInAuth(t, "inventario")
	w := newWorld(t, "inventario", map[string]string{
		"AUTH_SERVICE_URL": mint.Issuer, "PRODUCTOS_SERVICE_URL": standIn(t, "inventario", "productos"),
		"INVENTARIO_CLIENT_SECRET": secretOf("inventario"),
	})
	admin, pedidos := mint.admin("inventario:leer inventario:escribir"), mint.service("pedidos", "inventario", "inventario:reservar")
	w.token = func(string) string { return pedidos }
	_, err := w.ask(http.StatusCreated, "POST", "/inventario", admin, shop.Object{"producto_id": 1, "cantidad": 10})
	w.states["product 1 has 10 units"] = err
	for _, r := range []struct{ id, step, is string }{ // each for one exchange, so that the order of them is no matter
		{held, "", "holds 2 units of product 1"},
		{heldToo, "", "holds 2 units of product 1"},
		{toConsume, "", "holds 2 units of product 1"},
		{closed, "/liberar", "is released"},
		{released, "/liberar", "is released"},
		{consumed, "/consumir", "is consumed"},
	} {
		w.states["reservation "+r.id+" "+r.is] = w.reserve(admin, pedidos, r.id, r.step)
	}
	_, err = w.ask(http.StatusCreated, "PUT", "/devoluciones/"+returned, pedidos, twoUnits())
	w.states["return "+returned+" has put 2 units of product 1 back"] = err
	return w
}

// reserve holds two units that come in for it, and goes a step further if there is one.
func (w *world) reserve(admin, pedidos, id, step string) error {
	if _, err := w.ask(http.StatusOK, "PATCH", "/inventario/1", admin,
		shop.Object{"cantidad": 2, "tipo_movimiento": "ENTRADA"}); err != nil {
		return err
	}
	_, err := w.ask(http.StatusCreated, "PUT", "/reservas/"+id, pedidos, twoUnits())
	if err == nil && step != "" {
		_, err = w.ask(http.StatusOK, "POST", "/reservas/"+id+step, pedidos, nil)
	}
	return err
}

func twoUnits() shop.Object {
	return shop.Object{"lineas": []shop.Object{{"producto_id": 1, "cantidad": 2}}, "referencia": "pedido 17"}
}

// standIn answers requests of a consumer's contract with a provider as the contract has it, and other requests with 404.
func standIn(t *testing.T, consumer, provider string) string {
	t.Helper()
	recorded := interactions(t, filepath.Join("pacts", consumer+"-"+provider+".json"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, i := range recorded {
			if i.Request.Method != r.Method || i.Request.Path != r.URL.Path || i.Response.Status >= http.StatusBadRequest {
				continue
			}
			for name, value := range i.Response.Headers {
				w.Header().Set(name, value)
			}
			w.WriteHeader(i.Response.Status)
			_, _ = w.Write(i.Response.Body)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The key of the contracts. Its private part is public: RFC 8037, appendix A.
const (
	exampleKid     = "clave-1"
	examplePublic  = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	examplePrivate = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
)

// mint makes the tokens of the stand-in for auth.
type mint struct{ authntest.Minter }

func standInAuth(t *testing.T, consumer string) mint {
	t.Helper()
	seed, err := base64.RawURLEncoding.DecodeString(examplePrivate)
	require.NoError(t, err)
	return mint{authntest.Minter{Issuer: standIn(t, consumer, "auth"), Kid: exampleKid, Key: ed25519.NewKeyFromSeed(seed),
		Now: time.Now()}}
}

func (m mint) admin(scope string) string {
	return authntest.Sign(m.Header(), m.User().With(authntest.Object{"sub": "1", "scope": scope}), m.Key)
}

func (m mint) service(name, callee, scope string) string {
	claims := m.OfService().With(authntest.Object{"sub": "servicio:" + name, "aud": callee, "scope": scope})
	return authntest.Sign(m.Header(), claims, m.Key)
}
