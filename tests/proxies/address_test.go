package proxies

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

const (
	perMinute    = 60
	wrongGuesses = 20 // that are evaluated for an account and an address
)

// behind is a shop behind a proxy, with a customer to each test.
func behind(t *testing.T, env map[string]string) *shop.Shop {
	all := map[string]string{"RATE_LIMIT_PER_MINUTE": fmt.Sprint(perMinute)}
	for name, value := range env {
		all[name] = value
	}
	return shop.New(t, shop.Options{Env: all})
}

// register makes a customer, and guesses its password wrongly from one address until no further guess is evaluated.
func lockOut(t *testing.T, s *shop.Shop, at *client, forged ...string) (name, password string) {
	t.Helper()
	name, password = "victima"+fmt.Sprint(len(s.Output("auth"))), "una-frase-larga-y-propia"
	s.Must(http.StatusCreated, "auth", "POST", "/register", "",
		shop.Object{"username": name, "email": name + "@tienda.example", "password": password})
	for i := range wrongGuesses {
		headers := append([]string{}, forged...)
		if len(headers) > 0 {
			headers[1] = fmt.Sprintf(headers[1], i+1)
		}
		got := at.call("POST", "/auth/login", "", shop.Object{"username": name, "password": "no-es-esta-tampoco"}, headers...)
		require.Equal(t, http.StatusUnauthorized, got.Status, "%s", got.Body)
	}
	return name, password
}

// TestAddress: behind each proxy, guesses, limits and the log have the client's own address, also when the client sends a false
// one.
func TestAddress(t *testing.T) {
	t.Parallel()
	for header, claim := range map[string]string{"X-Forwarded-For": "10.0.0.%d", "Forwarded": `for=10.0.0.%d;by="`} {
		s := behind(t, map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32", "TRUSTED_PROXY_HEADER": header})
		for n, kind := range []string{"nginx", "haproxy"} {
			t.Run(header+"/"+kind, func(t *testing.T) {
				var changes []change
				if header == "Forwarded" {
					changes = append(changes, forwarded[kind])
				}
				p := kinds[kind](t, s, changes...)
				attacker, owner := p.from(fmt.Sprintf("127.0.0.%d", 2+2*n)), p.from(fmt.Sprintf("127.0.0.%d", 3+2*n))
				owner.ready()
				name, password := lockOut(t, s, attacker, header, claim)
				right := shop.Object{"username": name, "password": password}
				assert.Equal(t, http.StatusTooManyRequests, attacker.call("POST", "/auth/login", "", right).Status)
				forging := attacker.call("POST", "/auth/login", "", right, header, fmt.Sprintf(claim, 250))
				assert.Equal(t, http.StatusTooManyRequests, forging.Status, "another address is not a matter of saying so")
				got := owner.call("POST", "/auth/login", "", right)
				assert.Equal(t, http.StatusOK, got.Status, "the owner is elsewhere: %s", got.Body)

				for i := range perMinute {
					got := attacker.call("GET", "/productos/productos", "", nil, header, fmt.Sprintf(claim, i))
					require.Equal(t, http.StatusOK, got.Status, "%d: %s", i, got.Body)
				}
				further := 0 // on a busy machine some: the allowance grows meanwhile
				s.Eventually("the attacker is refused", func() bool {
					further++
					got := attacker.call("GET", "/productos/productos", "", nil, header, fmt.Sprintf(claim, further%250))
					return got.Status == http.StatusTooManyRequests
				})
				assert.Equal(t, http.StatusOK, owner.call("GET", "/productos/productos", "", nil).Status, "who has an allowance of its own")

				seen := map[any]bool{}
				for _, line := range s.Log("productos") {
					if line["route"] == "/productos" || line["path"] == "/productos" {
						seen[line["address"]] = true
					}
				}
				assert.True(t, seen[fmt.Sprintf("127.0.0.%d", 2+2*n)], "the log has the client's address: %v", seen)
				assert.NotContains(t, seen, "10.0.0.1")
			})
		}
	}
}

// TestAddress_untrusted: without TRUSTED_PROXIES all clients behind a proxy are one address, as docs/setup.md says.
func TestAddress_untrusted(t *testing.T) {
	t.Parallel()
	s := behind(t, nil)
	p := nginx(t, s)
	attacker, owner := p.from("127.0.0.2"), p.from("127.0.0.3").ready()
	name, password := lockOut(t, s, attacker)
	got := owner.call("POST", "/auth/login", "", shop.Object{"username": name, "password": password})
	assert.Equal(t, http.StatusTooManyRequests, got.Status)
}
