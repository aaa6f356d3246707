package matrix

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authntest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// Caller is one kind of caller.
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

// cliente is the scopes of every account.
var cliente = []string{"perfil", "pedidos:propios", "inventario:consultar"}

// roles is the table of the API's documentation, written once more on purpose: auth must agree.
var roles = map[string][]string{
	"cliente":  cliente,
	"catalogo": append(slices.Clone(cliente), "productos:escribir"),
	"almacen":  append(slices.Clone(cliente), "inventario:leer", "inventario:escribir"),
	"soporte":  append(slices.Clone(cliente), "pedidos:leer", "pedidos:gestionar", "usuarios:leer"),
	"admin": append(slices.Clone(cliente), "productos:escribir", "inventario:leer", "inventario:escribir", "pedidos:leer",
		"pedidos:gestionar", "usuarios:leer", "usuarios:gestionar"),
}

// ofServices is the same for the services' own tokens: client, callee, scopes. Where nothing stands the token is good and
// holds nothing.
var ofServices = map[string]map[string][]string{
	"pedidos":    {"inventario": {"inventario:reservar"}, "productos": {"productos:leer"}, "auth": {"revocaciones:leer"}},
	"inventario": {"productos": {"productos:leer"}, "auth": {"revocaciones:leer"}},
	"productos":  {"auth": {"revocaciones:leer"}},
}

// Cast is every kind of caller.
type Cast struct {
	All []Caller
	s   *shop.Shop
}

// The secrets of the shop that the cast lives in. The services get them in their environment, so that a secret in an answer or a
// log line is always found.
func Secrets() map[string]string {
	secrets := map[string]string{"SECRET_KEY": "la-llave-de-la-caja-fuerte-de-la-tienda-9f2"}
	for service := range ofServices {
		secrets[secretOf(service)] = "credencial-propia-del-servicio-" + service + "-7d1"
	}
	return secrets
}

func secretOf(service string) string { return strings.ToUpper(service) + "_CLIENT_SECRET" }

// NewCast opens the accounts and fetches the tokens. The shop's environment must have Secrets.
func NewCast(t testing.TB, s *shop.Shop) *Cast {
	t.Helper()
	c := &Cast{s: s}
	c.All = append(c.All,
		Caller{Name: "nadie"},
		Caller{Name: "basura", Tokens: everywhere("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")},
		c.user("cliente A", "cliente"), c.user("cliente B", "cliente"), c.user("catalogo", "catalogo"), c.user("almacen", "almacen"),
		c.user("soporte", "soporte"), Caller{Name: "admin", Role: "admin", ID: 1, Username: shop.AdminUsername,
			Password: shop.AdminPassword, Tokens: everywhere(s.Admin()), Scopes: everywhere(roles["admin"])},
	)
	c.All = append(c.All, c.expired())
	for _, client := range slices.Sorted(maps.Keys(ofServices)) {
		scopes := map[string][]string{}
		for _, callee := range launcher.Names() {
			scopes[callee] = append([]string{}, ofServices[client][callee]...)
		}
		c.All = append(c.All, Caller{Name: "servicio " + client, Tokens: map[string]string{}, Scopes: scopes})
	}
	c.All = append(c.All, Caller{Name: astray, Tokens: map[string]string{}})
	c.Renew(t)
	return c
}

// astray uses a service's token for one peer at another peer.
const astray = "servicio pedidos, mal dirigido"

// Renew fetches the services' tokens, which live for five minutes.
func (c *Cast) Renew(t testing.TB) {
	t.Helper()
	for client := range ofServices {
		for _, callee := range launcher.Names() {
			c.Named("servicio " + client).Tokens[callee] = c.serviceToken(t, client, callee)
		}
	}
	names, own := launcher.Names(), c.Named("servicio pedidos").Tokens
	for i, callee := range names {
		c.Named(astray).Tokens[callee] = own[names[(i+1)%len(names)]]
	}
}

// expired is cliente A with a token that was good until a minute ago.
func (c *Cast) expired() Caller {
	kid, key := c.s.SigningKey(Secrets()["SECRET_KEY"])
	m := authntest.Minter{Issuer: c.s.URL("auth"), Kid: kid, Key: key, Now: time.Now().Add(-16 * time.Minute)}
	claims := m.User().With(authntest.Object{"sub": strconv.FormatInt(c.Named("cliente A").ID, 10),
		"scope": strings.Join(cliente, " ")})
	return Caller{Name: "caducado", Tokens: everywhere(authntest.Sign(m.Header(), claims, key))}
}

// Named is one of them.
func (c *Cast) Named(name string) Caller {
	for _, one := range c.All {
		if one.Name == name {
			return one
		}
	}
	panic("matrix: there is no caller " + name)
}

// Again gives the caller another token everywhere, when its request has ended the earlier ones.
func (c *Cast) Again(caller Caller, token string) {
	for service := range caller.Tokens {
		caller.Tokens[service] = token
	}
	if caller.Role == "admin" {
		c.s.SetAdmin(token)
	}
}

// user registers, and is given a role by the admin.
func (c *Cast) user(name, role string) Caller {
	username := "persona-" + strings.ReplaceAll(strings.ToLower(name), " ", "-")
	password := "frase larga y propia de " + username
	id := c.s.Must(201, "auth", "POST", "/register", "",
		shop.Object{"username": username, "email": username + "@tienda.example", "password": password}).Int("id")
	if role != "cliente" {
		c.s.Must(200, "auth", "PATCH", fmt.Sprintf("/usuarios/%d", id), c.s.Admin(), shop.Object{"rol": role})
	}
	return Caller{Name: name, Role: role, ID: id, Username: username, Password: password,
		Tokens: everywhere(c.s.Login(username, password)), Scopes: everywhere(roles[role])}
}

func (c *Cast) serviceToken(t testing.TB, client, audience string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {audience}, "client_id": {client},
		"client_secret": {Secrets()[secretOf(client)]}}
	answer := c.s.Call("auth", "POST", "/token", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, 200, answer.Status, "a token of %s for %s: %s", client, audience, answer.Body)
	return answer.Text("access_token")
}

// everywhere is the same for each service.
func everywhere[T any](v T) map[string]T {
	all := map[string]T{}
	for _, service := range launcher.Names() {
		all[service] = v
	}
	return all
}

// Decide is the status that the operation's security gives a caller: 0 when the caller may call, else 401 or 403.
func (c Caller) Decide(o openapi.Operation) (status int, err error) {
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
