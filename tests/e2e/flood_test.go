package e2e_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// flood is the attacker's requests, and their answers.
type flood struct {
	s        *shop.Shop
	t        *testing.T
	mu       sync.Mutex
	statuses map[string]map[int]int // by path
}

// login is a wrong login: for the honest customer's account, for other accounts, and for names without an account.
func (f *flood) login(i int, address string) {
	name := []string{"honesta", "victima-1", "victima-2", "nadie-1", fmt.Sprint("nadie-", i)}[i%5]
	f.send("/login", address, shop.Object{"username": name, "password": "una-frase-larga-del-asalto"})
}

func (f *flood) register(i int, address string) {
	name := fmt.Sprint("asalto-", i)
	f.send("/register", address, shop.Object{
		"username": name, "email": name + "@tienda.example", "password": "una-frase-larga-del-asalto",
	})
}

func (f *flood) send(path, address string, body shop.Object) {
	a, err := f.s.Do("auth", "POST", path, "", body, "X-Forwarded-For", address)
	if !assert.NoError(f.t, err) {
		return
	}
	if a.Status == 503 || a.Status == 429 {
		assert.NotEmpty(f.t, a.Header.Get("Retry-After"))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.statuses[path] == nil {
		f.statuses[path] = map[int]int{}
	}
	f.statuses[path][a.Status]++
}

// refused reports whether the service has refused a request because others are in front of it.
func (f *flood) refused() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.statuses["/login"][503]+f.statuses["/register"][503] > 0
}

// of names the addresses of so many hosts.
func of(hosts int) func(i int) string {
	return func(i int) string { return fmt.Sprintf("198.51.100.%d", i%hosts) }
}

// anew is an address in another IPv6 network for each request, like an attacker with many networks.
func anew(i int) string { return fmt.Sprintf("2001:db8:%x::1", i) }

// paced sends 90 wrong logins and 90 registrations a second, whether the ones before were answered or not, from these addresses.
func paced(from func(i int) string) func(f *flood, stop <-chan struct{}) {
	return func(f *flood, stop <-chan struct{}) {
		var requests sync.WaitGroup
		defer requests.Wait()
		pace := time.NewTicker(time.Second / 90)
		defer pace.Stop()
		for i := 0; ; i++ {
			address := from(i)
			requests.Go(func() { f.login(i, address) })
			requests.Go(func() { f.register(i, address) })
			select {
			case <-stop:
				return
			case <-pace.C:
			}
		}
	}
}

// crowded sends wrong logins, each a quarter of a second after the one before was answered, over more connections of one address
// than the service works on requests.
func crowded(f *flood, stop <-chan struct{}) {
	var clients sync.WaitGroup
	defer clients.Wait()
	for i := range 400 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(250 * time.Millisecond):
					f.login(i, "198.51.100.1")
				}
			}
		})
	}
}

// TestFlood_does_not_keep_others_out: wrong logins and registrations, far more than the machine can hash, come from other
// addresses, and every login of an honest customer succeeds. How long it takes is shown, for docs/proof.md.
func TestFlood_does_not_keep_others_out(t *testing.T) {
	for _, c := range []struct {
		name      string
		postgres  bool
		addresses int
		run       func(f *flood, stop <-chan struct{})
	}{
		{"from_1_address/postgres", true, 1, paced(of(1))},
		{"from_1_address/sqlite", false, 1, paced(of(1))},
		{"from_5_addresses", true, 5, paced(of(5))},
		{"from_as_many_networks_as_requests", false, 10_000, paced(anew)}, // the owner was at the honest address before
		{"over_400_connections", false, 1, crowded},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &flood{t: t, statuses: map[string]map[int]int{}, s: shop.New(t, shop.Options{
				Services: []string{"auth"}, Env: map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32"}, Postgres: c.postgres, Unchecked: true,
			})}
			honestLogins(t, f, c.run)
			t.Logf("answers to the flood: %v", f.statuses)
			assert.LessOrEqual(t, f.statuses["/login"][401], 60*c.addresses, "an address without guesses left costs no more hashes")
			assert.Positive(t, f.statuses["/login"][503], "the flood was more than the machine can hash")
			for path, answers := range map[string][]int{"/login": {401, 429, 503}, "/register": {201, 503}} {
				for status := range f.statuses[path] {
					assert.Contains(t, answers, status, path)
				}
			}
		})
	}
}

func honestLogins(t *testing.T, f *flood, run func(f *flood, stop <-chan struct{})) {
	const home, password, logins = "203.0.113.5", "una-frase-larga-y-honesta", 20
	for _, name := range []string{"honesta", "victima-1", "victima-2"} {
		a := f.s.Call("auth", "POST", "/register", "", shop.Object{
			"username": name, "email": name + "@tienda.example", "password": password,
		}, "X-Forwarded-For", home)
		require.Equal(t, 201, a.Status, string(a.Body))
	}
	login := func(when string) {
		took := make([]time.Duration, logins)
		for i := range took {
			start := time.Now()
			body := shop.Object{"username": "honesta", "password": password}
			a := f.s.Call("auth", "POST", "/login", "", body, "X-Forwarded-For", home)
			took[i] = time.Since(start)
			assert.Equal(t, 200, a.Status, string(a.Body))
		}
		slices.Sort(took)
		t.Logf("%s: %d honest logins, p50 %d ms, slowest %d ms", when, logins, took[logins/2].Milliseconds(),
			took[logins-1].Milliseconds())
	}
	login("quiet")
	stop, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		run(f, stop)
	}()
	f.s.Eventually("the flood is more than the machine can hash", f.refused)
	login("flood")
	close(stop)
	<-over
}
