package matrix

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// Caller is one kind of whoever may knock at the door.
type Caller struct {
	Name     string
	Role     string              // of a user
	ID       int64               // of a user
	Username string              // of a user
	Password string              // of a user
	Tokens   map[string]string   // what it sends, by service
	Scopes   map[string][]string // what its good token holds, by service; nil = it has no good token
}

// Anonymous reports whether the caller sends no token at all.
func (c Caller) Anonymous() bool { return c.Tokens == nil }

// cliente is what everybody with an account may do.
var cliente = []string{"perfil", "pedidos:propios", "inventario:consultar"}

// roles is the table of the API's documentation, written once more on purpose: auth must agree.
var roles = map[string][]string{
	"cliente":  cliente,
	"catalogo": append(slices.Clone(cliente), "productos:escribir"),
	"almacen":  append(slices.Clone(cliente), "inventario:leer", "inventario:escribir"),
	"soporte":  append(slices.Clone(cliente), "pedidos:leer", "pedidos:gestionar"),
	"admin": append(slices.Clone(cliente), "productos:escribir", "inventario:leer", "inventario:escribir", "pedidos:leer", "pedidos:gestionar",
		"usuarios:gestionar"),
}

// ofServices is the same for the services' own tokens: client, callee, scopes. Where nothing stands the token is good and
// holds nothing.
var ofServices = map[string]map[string][]string{
	"pedidos":    {"inventario": {"inventario:reservar"}, "auth": {"revocaciones:leer"}},
	"inventario": {"auth": {"revocaciones:leer"}},
	"productos":  {"auth": {"revocaciones:leer"}},
}

// Cast is every kind of caller.
type Cast struct {
	All []Caller
	s   *shop.Shop
}

// The secrets of the shop that the cast lives in. They are told to the services, so that no answer and no log line can hold
// them by chance.
func Secrets() map[string]string {
	secrets := map[string]string{"SECRET_KEY": "la-llave-de-la-caja-fuerte-de-la-tienda-9f2"}
	for _, service := range []string{"productos", "inventario", "pedidos"} {
		secrets[secretOf(service)] = "credencial-propia-del-servicio-" + service + "-7d1"
	}
	return secrets
}

func secretOf(service string) string {
	return map[string]string{"productos": "PRODUCTOS_CLIENT_SECRET", "inventario": "INVENTARIO_CLIENT_SECRET", "pedidos": "PEDIDOS_CLIENT_SECRET"}[service]
}

// NewCast opens the accounts and fetches the tokens. The shop's environment must have Secrets.
func NewCast(t testing.TB, s *shop.Shop) *Cast {
	t.Helper()
	c := &Cast{s: s}
	c.All = append(c.All,
		Caller{Name: "nadie"},
		Caller{Name: "basura", Tokens: everywhere("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")},
		c.user(t, "cliente A", "cliente"),
		c.user(t, "cliente B", "cliente"),
		Caller{Name: "admin", Role: "admin", ID: 1, Username: shop.AdminUsername, Password: shop.AdminPassword, Tokens: everywhere(s.Admin()), Scopes: allOver(roles["admin"])},
	)
	for _, client := range slices.Sorted(maps.Keys(ofServices)) {
		good := Caller{Name: "servicio " + client, Tokens: map[string]string{}, Scopes: map[string][]string{}}
		for _, callee := range launcher.Names() {
			good.Tokens[callee] = c.serviceToken(t, client, callee)
			good.Scopes[callee] = slices.Clone(ofServices[client][callee])
			if good.Scopes[callee] == nil {
				good.Scopes[callee] = []string{}
			}
		}
		c.All = append(c.All, good)
		if client == "pedidos" { // its token for one service, shown to another
			astray := Caller{Name: "servicio pedidos, mal dirigido", Tokens: everywhere(good.Tokens["inventario"])}
			astray.Tokens["inventario"] = good.Tokens["auth"]
			c.All = append(c.All, astray)
		}
	}
	return c
}

// Named is one of them.
func (c *Cast) Named(name string) Caller {
	for _, one := range c.All {
		if one.Name == name {
			return one
		}
	}
	panic("matrix: nobody is called " + name)
}

func (c *Cast) user(t testing.TB, name, role string) Caller {
	t.Helper()
	username := fmt.Sprintf("persona-%d", len(c.All)) + map[string]string{"cliente A": "-a", "cliente B": "-b"}[name]
	password := "frase larga y propia de " + username
	id := c.s.Must(201, "auth", "POST", "/register", "", shop.Object{"username": username, "email": username + "@tienda.example", "password": password}).Int("id")
	return Caller{Name: name, Role: role, ID: id, Username: username, Password: password,
		Tokens: everywhere(c.s.Login(username, password)), Scopes: allOver(roles[role])}
}

func (c *Cast) serviceToken(t testing.TB, client, audience string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {audience}, "client_id": {client}, "client_secret": {Secrets()[secretOf(client)]}}
	answer := c.s.Call("auth", "POST", "/token", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, 200, answer.Status, "a token of %s for %s: %s", client, audience, answer.Body)
	return answer.Text("access_token")
}

func everywhere(token string) map[string]string {
	all := map[string]string{}
	for _, service := range launcher.Names() {
		all[service] = token
	}
	return all
}

func allOver(scopes []string) map[string][]string {
	all := map[string][]string{}
	for _, service := range launcher.Names() {
		all[service] = scopes
	}
	return all
}

// Decide is what a caller gets for who they are: 0 where the operation's security lets them in, else 401 or 403.
func (o Operation) Decide(c Caller) (status int, err error) {
	scopes, open, optional, err := o.Scopes()
	switch {
	case err != nil, open, optional && c.Anonymous():
		return 0, err
	case c.Scopes == nil:
		return http.StatusUnauthorized, nil
	}
	for _, scope := range scopes {
		if !slices.Contains(c.Scopes[o.Service], scope) {
			return http.StatusForbidden, nil
		}
	}
	return 0, nil
}
