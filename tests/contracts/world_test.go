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
// peers are not there: in their place answers what its contracts with them say, so that a contract is red for what its
// provider does and never for what somebody else does.
type world struct {
	name   string
	shop   *shop.Shop
	states map[string]func(begins bool) error // enter and leave a state
	wrong  map[string]error                   // states that could not be brought about, and why
	token  func(t *testing.T, consumer string) string
}

func newWorld(t *testing.T, name string, env map[string]string) *world {
	t.Helper()
	database := dbtest.StartCluster(t)
	w := &world{name: name, wrong: map[string]error{}}
	// Answers are not held against the OpenAPI document too: that is not what a consumer relies on.
	w.shop = shop.New(t, shop.Options{Services: []string{name}, Cluster: database, Env: env, Unchecked: true, Quiet: true})
	w.states = map[string]func(bool) error{"the database is down": func(down bool) error {
		if down {
			return database.Stop()
		}
		if err := database.Start(); err != nil {
			return err
		}
		w.shop.Await(name)
		return nil
	}}
	return w
}

// state does what brings it about, until something fails.
func (w *world) state(name string, steps ...func() error) {
	w.states[name] = func(bool) error { return nil }
	for _, step := range steps {
		if err := step(); err != nil {
			w.wrong[name] = err
			return
		}
	}
}

// ask is a step: a request that must be answered with this status.
func (w *world) ask(status int, method, path, token string, body shop.Object) func() error {
	return func() error {
		_, err := w.answer(status, method, path, token, body)
		return err
	}
}

func (w *world) answer(status int, method, path, token string, body shop.Object) (shop.Answer, error) {
	var sent any
	if body != nil {
		sent = body
	}
	a, err := w.shop.Do(w.name, method, path, token, sent)
	if err == nil && a.Status == http.StatusUnprocessableEntity && body != nil {
		a, err = w.shop.Do(w.name, method, path, token, corrected(body, a))
	}
	if err == nil && a.Status != status {
		err = fmt.Errorf("%s %s answers %d instead of %d: %s", method, path, a.Status, status, a.Body)
	}
	return a, err
}

// corrected is a body as the refusal wants it, where that knows a member under another name: what a provider renames in
// its requests is no business of who reads its answers.
func corrected(body shop.Object, refusal shop.Answer) shop.Object {
	var unknown, missing []string
	for n := 0; refusal.Value(fmt.Sprintf("errores.%d", n)) != nil; n++ {
		field := refusal.Text(fmt.Sprintf("errores.%d.campo", n))
		switch refusal.Text(fmt.Sprintf("errores.%d.codigo", n)) {
		case "DESCONOCIDO":
			unknown = append(unknown, field)
		case "OBLIGATORIO":
			missing = append(missing, field)
		}
	}
	body = maps.Clone(body)
	for n := range min(len(unknown), len(missing)) {
		body[missing[n]] = body[unknown[n]]
		delete(body, unknown[n])
	}
	return body
}

// authWorld: a user who logged out and has another role.
func authWorld(t *testing.T) *world {
	t.Helper()
	env := map[string]string{}
	for _, service := range []string{"pedidos", "inventario", "productos"} {
		env[strings.ToUpper(service)+"_CLIENT_SECRET"] = secretOf(service)
	}
	w := newWorld(t, "auth", env)
	w.token = func(t *testing.T, consumer string) string {
		t.Helper()
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {consumer}, "client_secret": {secretOf(consumer)}, "audience": {"auth"}}
		return w.shop.Call("auth", "POST", "/token", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded").Text("access_token")
	}
	login := shop.Object{"username": "quien-cambia", "password": "una-frase-larga-y-propia"}
	var session, admin shop.Answer
	w.state("a session has ended and a user has another role",
		w.ask(http.StatusCreated, "POST", "/register", "", shop.Object{"username": "quien-cambia", "email": "cambia@tienda.example", "password": "una-frase-larga-y-propia"}),
		func() (err error) {
			session, err = w.answer(http.StatusOK, "POST", "/login", "", login)
			return err
		},
		func() error {
			return w.ask(http.StatusNoContent, "POST", "/logout", "", shop.Object{"refresh_token": session.Text("refresh_token")})()
		},
		func() (err error) {
			admin, err = w.answer(http.StatusOK, "POST", "/login", "", shop.Object{"username": shop.AdminUsername, "password": shop.AdminPassword})
			return err
		},
		func() error { // the administrator is the first user, so this is the second
			return w.ask(http.StatusOK, "PATCH", "/usuarios/2", admin.Text("access_token"), shop.Object{"rol": "soporte"})()
		},
	)
	return w
}

// productosWorld: a fresh catalogue begins with product 1.
func productosWorld(t *testing.T) *world {
	t.Helper()
	mint := standInAuth(t, "productos")
	w := newWorld(t, "productos", map[string]string{"AUTH_SERVICE_URL": mint.Issuer, "PRODUCTOS_CLIENT_SECRET": secretOf("productos")})
	w.token = func(*testing.T, string) string { return "" } // the catalogue is read without
	admin := mint.admin("productos:escribir")
	create := func(name string) func() error {
		return w.ask(http.StatusCreated, "POST", "/productos", admin, shop.Object{"nombre": name, "descripcion": "De algodón", "precio": 19.99})
	}
	w.state("product 1 is for sale, product 2 is archived",
		create("Camiseta"), create("Gorra"), w.ask(http.StatusNoContent, "DELETE", "/productos/2", admin, nil))
	w.state("product 99 does not exist")
	return w
}

// inventarioWorld: each reservation is there for one exchange, so that the order of them is no matter.
func inventarioWorld(t *testing.T) *world {
	t.Helper()
	mint := standInAuth(t, "inventario")
	w := newWorld(t, "inventario", map[string]string{
		"AUTH_SERVICE_URL": mint.Issuer, "PRODUCTOS_SERVICE_URL": standIn(t, "inventario", "productos"), "INVENTARIO_CLIENT_SECRET": secretOf("inventario"),
	})
	pedidos := mint.service("pedidos", "inventario")
	w.token = func(*testing.T, string) string { return pedidos }
	admin := mint.admin("inventario:leer inventario:escribir")
	w.state("product 1 has 10 units", w.ask(http.StatusCreated, "POST", "/inventario", admin, shop.Object{"producto_id": 1, "cantidad": 10}))
	for id, step := range map[string]string{held: "", heldToo: "", toConsume: "", closed: "liberar", released: "liberar", consumed: "consumir"} {
		is := map[string]string{"": "holds 2 units of product 1", "liberar": "is released", "consumir": "is consumed"}[step]
		steps := []func() error{
			w.ask(http.StatusOK, "PATCH", "/inventario/1", admin, shop.Object{"cantidad": 2, "tipo_movimiento": "ENTRADA"}),
			w.ask(http.StatusCreated, "PUT", "/reservas/"+id, pedidos, shop.Object{"lineas": []shop.Object{{"producto_id": 1, "cantidad": 2}}}),
		}
		if step != "" {
			steps = append(steps, w.ask(http.StatusOK, "POST", "/reservas/"+id+"/"+step, pedidos, nil))
		}
		w.state("reservation "+id+" "+is, steps...)
	}
	return w
}

// standIn answers as a consumer's contract with a provider says, and 404 to what it does not have.
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

// The key of the contracts, whose private half is known to everybody: RFC 8037, appendix A.
const (
	exampleKid     = "clave-1"
	examplePublic  = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	examplePrivate = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
)

// mint makes the tokens of an auth that stands in.
type mint struct{ authntest.Minter }

func standInAuth(t *testing.T, consumer string) mint {
	t.Helper()
	seed, err := base64.RawURLEncoding.DecodeString(examplePrivate)
	require.NoError(t, err)
	return mint{authntest.Minter{Issuer: standIn(t, consumer, "auth"), Kid: exampleKid, Key: ed25519.NewKeyFromSeed(seed), Now: time.Now()}}
}

func (m mint) admin(scope string) string {
	return authntest.Sign(m.Header(), m.User().With(authntest.Object{"sub": "1", "scope": scope}), m.Key)
}

func (m mint) service(name, callee string) string {
	return authntest.Sign(m.Header(), m.OfService().With(authntest.Object{"sub": "servicio:" + name, "aud": callee}), m.Key)
}
