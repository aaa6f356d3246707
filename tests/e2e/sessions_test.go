package e2e_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestRevocations: a logout, a ban and a change of role reach every service by themselves, within a minute, and stay in force
// while auth is down and after a restart.
func TestRevocations(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	doors := map[string]string{"auth": "/me", "inventario": "/inventario/1", "pedidos": "/pedidos"}
	s.Product(10)
	enter := func(name string) (access, refresh string, id int64) {
		password := "una-frase-larga-de-" + name
		user := s.Must(201, "auth", "POST", "/register", "",
			shop.Object{"username": name, "email": name + "@tienda.example", "password": password})
		pair := s.Must(200, "auth", "POST", "/login", "", shop.Object{"username": name, "password": password})
		for service, path := range doors {
			require.Equal(t, 200, s.Call(service, "GET", path, pair.Text("access_token"), nil).Status, service)
		}
		return pair.Text("access_token"), pair.Text("refresh_token"), user.Int("id")
	}
	out, refresh, _ := enter("sale")
	banned, _, bannedID := enter("expulsada")
	promoted, promotedRefresh, promotedID := enter("ascendida")
	stays, _, _ := enter("se-queda")

	s.Must(204, "auth", "POST", "/logout", "", shop.Object{"refresh_token": refresh})
	s.Must(200, "auth", "PATCH", fmt.Sprintf("/usuarios/%d", bannedID), s.Admin(), shop.Object{"activo": false})
	s.Must(200, "auth", "PATCH", fmt.Sprintf("/usuarios/%d", promotedID), s.Admin(), shop.Object{"rol": "almacen"})
	start := time.Now()
	dead := func() bool {
		for service, path := range doors {
			for _, token := range []string{out, banned, promoted} {
				if s.Call(service, "GET", path, token, nil).Status != http.StatusUnauthorized {
					return false
				}
			}
		}
		return true
	}
	s.Eventually("every service knows", dead)
	t.Logf("known everywhere after %s", time.Since(start).Round(time.Second))
	assert.Less(t, time.Since(start), time.Minute)

	pair := s.Must(200, "auth", "POST", "/refresh", "", shop.Object{"refresh_token": promotedRefresh})
	assert.Equal(t, 200, s.Call("inventario", "GET", "/inventario", pair.Text("access_token"), nil).Status,
		"the new role counts at once")

	s.Kill("auth")
	s.Restart("pedidos")
	for _, token := range []string{out, banned, promoted} {
		assert.Equal(t, 401, s.Call("pedidos", "GET", "/pedidos", token, nil).Status, "the last list is kept")
	}
	assert.Equal(t, 200, s.Call("pedidos", "GET", "/pedidos", stays, nil).Status)
}

// TestRotation rotates the signing key under load, with two processes of auth, while an attacker sends tokens with key ids that
// do not exist: no good token is refused.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{Postgres: true, Instances: map[string]int{"auth": 2},
		Env: map[string]string{"AUTH_ISSUER": "https://tienda.example"}})
	product := s.Product(1000)
	customer := s.Customer()
	kid := s.Must(200, "auth", "POST", "/claves/rotar", s.Admin(), nil).Text("kid")
	turn, forged := 0, 0
	pace := time.NewTicker(200 * time.Millisecond) // leaves the processors to the tests beside this one
	defer pace.Stop()
	s.Eventually("the new key signs", func() bool { // 30 s after it was published
		<-pace.C
		door := s.Instances("auth")[turn%2]
		turn++
		fresh := s.Call(door, "POST", "/login", "", shop.Object{"username": shop.AdminUsername, "password": shop.AdminPassword})
		require.Equal(t, 200, fresh.Status)
		for range 10 {
			forged++
			assert.Equal(t, 401, s.Call("pedidos", "GET", "/pedidos", withKid(customer, rand.Text()), nil).Status)
		}
		for _, token := range []string{customer, fresh.Text("access_token")} {
			a := s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
			assert.Equal(t, 201, a.Status, "%s", a.Body)
			assert.Equal(t, 200, s.Call("auth", "GET", "/me", token, nil).Status)
		}
		return keyOf(t, fresh.Text("access_token")) == kid
	})
	assert.Greater(t, turn, 1, "there were logins before the new key signed")
	t.Logf("%d logins and %d orders went on while the key changed and %d forged key ids came", turn, 2*turn, forged)
}

// withKid is a token with another key id.
func withKid(token, kid string) string {
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","typ":"at+jwt","kid":"` + kid + `"}`))
	return header + token[strings.Index(token, "."):]
}

// keyOf is the kid of a token.
func keyOf(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	require.NoError(t, err)
	var header struct{ Kid string }
	require.NoError(t, json.Unmarshal(raw, &header))
	return header.Kid
}
