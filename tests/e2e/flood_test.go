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

// flood sends requests from elsewhere at a fixed rate, whether the ones before were answered or not, and counts what they get.
type flood struct {
	s        *shop.Shop
	t        *testing.T
	requests sync.WaitGroup
	mu       sync.Mutex
	statuses map[string]map[int]int // by path
}

// send is one request of the flood.
func (f *flood) send(path, address string, body shop.Object) {
	f.requests.Go(func() {
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
	})
}

// run sends 90 wrong logins and 90 registrations a second, from so many addresses, until stop is closed.
func (f *flood) run(addresses int, stop <-chan struct{}) {
	pace := time.NewTicker(time.Second / 90)
	defer pace.Stop()
	for i := 0; ; i++ {
		address := fmt.Sprintf("198.51.100.%d", i%addresses)
		// The honest customer's account, others that exist, and some that do not.
		name := []string{"honesta", "victima-1", "victima-2", "nadie-1", fmt.Sprint("nadie-", i)}[i%5]
		f.send("/login", address, shop.Object{"username": name, "password": "una-frase-larga-del-asalto"})
		name = fmt.Sprint("asalto-", i)
		f.send("/register", address, shop.Object{
			"username": name, "email": name + "@tienda.example", "password": "una-frase-larga-del-asalto",
		})
		select {
		case <-stop:
			return
		case <-pace.C:
		}
	}
}

// TestFlood_does_not_keep_others_out: wrong logins and registrations, far more than the machine can hash, come from other addresses, and
// every login of an honest customer succeeds, soon. How soon is shown, for docs/proof.md.
func TestFlood_does_not_keep_others_out(t *testing.T) {
	for _, addresses := range []int{1, 10} {
		t.Run(fmt.Sprintf("from_%d_addresses", addresses), func(t *testing.T) {
			options := shop.Options{Services: []string{"auth"}, Env: map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32"}}
			shop.EachWith(t, options, func(t *testing.T, s *shop.Shop) { honestLogins(t, s, addresses) })
		})
	}
}

func honestLogins(t *testing.T, s *shop.Shop, addresses int) {
	const home, password, logins = "203.0.113.5", "una-frase-larga-y-honesta", 40
	for _, name := range []string{"honesta", "victima-1", "victima-2"} {
		a := s.Call("auth", "POST", "/register", "", shop.Object{
			"username": name, "email": name + "@tienda.example", "password": password,
		}, "X-Forwarded-For", home)
		require.Equal(t, 201, a.Status, string(a.Body))
	}
	login := func() []time.Duration {
		took := make([]time.Duration, logins)
		for i := range took {
			start := time.Now()
			a := s.Call("auth", "POST", "/login", "", shop.Object{"username": "honesta", "password": password}, "X-Forwarded-For", home)
			took[i] = time.Since(start)
			assert.Equal(t, 200, a.Status, string(a.Body))
		}
		slices.Sort(took)
		return took
	}
	quiet := login()

	f := &flood{s: s, t: t, statuses: map[string]map[int]int{}}
	stop := make(chan struct{})
	f.requests.Go(func() { f.run(addresses, stop) })
	time.Sleep(time.Second) // the flood is at its height
	flooded := login()
	close(stop)
	f.requests.Wait()

	for name, took := range map[string][]time.Duration{"quiet": quiet, "flood": flooded} {
		t.Logf("%s: honest login p50 %s, p99 %s", name, took[logins/2].Round(time.Millisecond), took[logins-1].Round(time.Millisecond))
	}
	t.Logf("answers to the flood: %v", f.statuses)
	assert.Less(t, flooded[logins-1], 6*time.Second, "below a request's own deadline")
	assert.LessOrEqual(t, f.statuses["/login"][401], 60*addresses, "an address whose guesses are used up costs no more hashes")
	for path, answers := range map[string][]int{"/login": {401, 429, 503}, "/register": {201, 503}} {
		for status := range f.statuses[path] {
			assert.Contains(t, answers, status, path)
		}
	}
	assert.Positive(t, f.statuses["/register"][503], "the flood was more than the machine can hash")
}
