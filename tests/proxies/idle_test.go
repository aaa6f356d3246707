package proxies

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// answers counts what clients got, by status; 0 is no answer.
type answers struct {
	mu    sync.Mutex
	count map[int]int
	last  map[int]string
}

func (a *answers) add(got shop.Answer, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == nil {
		a.count, a.last = map[int]int{}, map[int]string{}
	}
	a.count[got.Status]++
	a.last[got.Status] = fmt.Sprint(err, " ", string(got.Body))
}

// allHave fails the test unless every answer has this status.
func (a *answers) allHave(t *testing.T, status, n int) {
	t.Helper()
	assert.Equal(t, map[int]int{status: n}, a.count, "%v", a.last)
}

// order is a further POST /pedidos, which no proxy may repeat by itself.
func order(c *client, token string, product int64) (shop.Answer, error) {
	return c.try("POST", "/pedidos/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1})
}

// TestIdle sends POSTs at the moment in which idle connections end, in waves, so that each meets a connection that has been idle
// for exactly so long: none may be lost.
func TestIdle(t *testing.T) {
	t.Parallel()
	const clients = 42
	for kind, at := range map[string]struct {
		env     map[string]string
		changes []change
		edges   []time.Duration
	}{
		// nginx keeps connections shorter than the service does; both times are made short here.
		"nginx": {map[string]string{"HTTP_IDLE_TIMEOUT": "3s"}, []change{{"keepalive 32;", "keepalive 64; keepalive_timeout 2s;"}},
			[]time.Duration{2 * time.Second, 3 * time.Second}},
		// HAProxy closes idle connections every 5 s; the service's own time is 75 s.
		"haproxy": {nil, nil, []time.Duration{4 * time.Second, 5 * time.Second}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32"}
			for name, value := range at.env {
				env[name] = value
			}
			s := shop.New(t, shop.Options{Env: env})
			product, token := s.Product(100_000), s.Customer()
			c := kinds[kind](t, s, at.changes...).from("127.0.0.2").ready()
			var all answers
			waves := 0
			for _, edge := range at.edges {
				for _, off := range []time.Duration{-60, -40, -20, -10, -5, 1} {
					var wave sync.WaitGroup
					for range clients {
						wave.Go(func() { all.add(order(c, token, product)) })
					}
					wave.Wait()
					waves++
					time.Sleep(edge + off*time.Millisecond)
				}
			}
			all.allHave(t, http.StatusCreated, waves*clients)
		})
	}
}

// pause is the time before the next request of a client: half of the clients wait, so that some connections are idle at any
// moment, and half do not, so that some are new.
func pause(client, request int) time.Duration {
	if client%2 == 0 {
		return 0
	}
	return time.Duration(10+(client*7+request*13)%60) * time.Millisecond
}

// TestRollingRestart ends and starts the instances of pedidos one after the other, under a steady load of POSTs through a proxy:
// no client gets an error.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	for kind, begin := range kinds {
		t.Run(kind, func(t *testing.T) {
			s := shop.New(t, shop.Options{Postgres: true, Instances: map[string]int{"pedidos": 2},
				Env: map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32"}})
			product, token := s.Product(1_000_000), s.Customer()
			c := begin(t, s).from("127.0.0.2").ready()
			var all answers
			var sent atomic.Int64
			stop := make(chan struct{})
			var load sync.WaitGroup
			for n := range 10 {
				load.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						case <-time.After(pause(n, i)):
						}
						sent.Add(1)
						all.add(order(c, token, product))
					}
				})
			}
			for range 2 {
				for _, instance := range s.Instances("pedidos") {
					before := sent.Load()
					s.Eventually("the load goes on", func() bool { return sent.Load() > before+40 })
					s.Stop(instance)
					s.Start(instance)
				}
			}
			s.Eventually("there were 500 of them", func() bool { return sent.Load() >= 500 })
			close(stop)
			load.Wait()
			require.GreaterOrEqual(t, sent.Load(), int64(500))
			all.allHave(t, http.StatusCreated, int(sent.Load()))
			t.Logf("%d orders while two instances were restarted twice", sent.Load())
		})
	}
}
