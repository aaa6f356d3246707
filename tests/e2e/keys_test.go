package e2e_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

const key = "Idempotency-Key"

// pairs runs a test against a shop with two processes each of pedidos and inventario on PostgreSQL, and one of each on SQLite.
func pairs(t *testing.T, test func(t *testing.T, s *shop.Shop, doors []string)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		s := shop.New(t, shop.Options{Postgres: true, Instances: map[string]int{"pedidos": 2, "inventario": 2}})
		test(t, s, s.Instances("pedidos"))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s := shop.New(t, shop.Options{})
		test(t, s, s.Instances("pedidos"))
	})
}

// insist retries a request with a key until its answer is final; each answer before must ask for a retry.
func insist(t *testing.T, s *shop.Shop, door, token, k string, body shop.Object) (answer shop.Answer) {
	s.Eventually("a definite answer", func() bool {
		a, err := s.Do(door, "POST", "/pedidos", token, body, key, k)
		if err != nil {
			return false // it was killed
		}
		if a.Status == 503 || a.Status == 409 && a.Text("codigo") == "CLAVE_EN_CURSO" {
			assert.NotEmpty(t, a.Header.Get("Retry-After"))
			return false
		}
		answer = a
		return true
	})
	return answer
}

// TestKeys is the promise that a retried request has its effect once, through any process, and gets the same answer.
func TestKeys(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, s *shop.Shop, doors []string) {
		product, token := s.Product(100), s.Customer()
		body := shop.Object{"producto_id": product, "cantidad": 3}

		var wg sync.WaitGroup
		answers := make([]shop.Answer, 50)
		for i := range answers {
			wg.Go(func() { answers[i] = insist(t, s, doors[i%len(doors)], token, "fifty", body) })
		}
		wg.Wait()
		for _, a := range answers {
			assert.Equal(t, 201, a.Status, string(a.Body))
			assert.Equal(t, string(answers[0].Body), string(a.Body))
		}
		short := s.Call(doors[0], "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1000}, key, "short")
		require.Equal(t, 409, short.Status)

		for _, door := range doors {
			s.Restart(door) // kill -9
		}
		for _, door := range doors {
			again := s.Call(door, "POST", "/pedidos", token, body, key, "fifty")
			assert.Equal(t, string(answers[0].Body), string(again.Body), "the same bytes after kill -9")
			assert.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
			again = s.Call(door, "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1000}, key, "short")
			assert.Equal(t, string(short.Body), string(again.Body))
			assert.Equal(t, 409, again.Status)
		}
		other := s.Customer()
		assert.Equal(t, 201, s.Call(doors[0], "POST", "/pedidos", other, body, key, "fifty").Status, "another's key is another key")
		_, _, held := s.Stock(product)
		assert.EqualValues(t, 6, held)
	})
}

// TestKeys_crash kills pedidos while an order waits for inventario. The retry, or the reconciler if the client never comes
// back, drives the same order forward.
func TestKeys_crash(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, s *shop.Shop, doors []string) {
		product, token := s.Product(100), s.Customer()
		body := shop.Object{"producto_id": product, "cantidad": 3}
		stuck := func(k string) {
			t.Helper()
			for _, name := range s.Instances("inventario") {
				s.Pause(name)
			}
			stored, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				for waiting := true; waiting; { // on a busy machine a request may time out before its order is stored
					_, _ = s.Do(doors[0], "POST", "/pedidos", token, body, key, k) // pedidos is killed, or the request times out
					select {
					case <-stored:
						waiting = false
					case <-time.After(50 * time.Millisecond):
					}
				}
			}()
			s.Eventually("the order is stored", func() bool {
				return s.Must(200, "pedidos", "GET", "/pedidos", token, nil).Text("0.fase") == "RECIBIDO"
			})
			close(stored)
			s.Kill(doors[0])
			<-done
			for _, name := range s.Instances("inventario") {
				s.Resume(name)
			}
			s.Start(doors[0])
		}
		stuck("comes back")
		a := insist(t, s, doors[0], token, "comes back", body)
		assert.Equal(t, 201, a.Status, string(a.Body))
		assert.Equal(t, string(a.Body), string(insist(t, s, doors[len(doors)-1], token, "comes back", body).Body))

		stuck("never comes back")
		s.Eventually("the reconciler finishes it", func() bool {
			return s.Must(200, "pedidos", "GET", "/pedidos", token, nil).Text("0.fase") == "RESERVADO"
		})
		list := s.Must(200, "pedidos", "GET", "/pedidos", token, nil)
		assert.Nil(t, list.Value("2"), "two requests, two orders: %s", list.Body)
		_, _, held := s.Stock(product)
		assert.EqualValues(t, 6, held)
		story := s.Must(200, "pedidos", "GET", fmt.Sprintf("/pedidos/%d/explicacion", list.Int("0.id")), token, nil)
		assert.Contains(t, string(story.Body), `"resultado":"INTERRUMPIDO"`)
	})
}

// TestKeys_at_once sends a request many times at the same moment: what one of them changes, an order that counts towards a limit
// or a version, is no reason to refuse the others.
func TestKeys_at_once(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, s *shop.Shop) {
		const rounds, tries = 5, 8
		product := s.Product(1000)
		// once sends the request and returns the one answer that is no repetition.
		once := func(method, path, token string, body shop.Object, headers ...string) (first shop.Answer) {
			t.Helper()
			var all sync.WaitGroup
			answers := make([]shop.Answer, tries)
			for i := range answers {
				all.Go(func() { answers[i] = s.Call("pedidos", method, path, token, body, headers...) })
			}
			all.Wait()
			firsts := 0
			for _, a := range answers {
				switch {
				case a.Status == 409:
					assert.Equal(t, "CLAVE_EN_CURSO", a.Text("codigo"))
				case a.Status >= 300:
					assert.Fail(t, "refused", "%d %s", a.Status, a.Body)
				case a.Header.Get("Idempotency-Replayed") == "":
					first = a
					firsts++
				}
			}
			require.Equal(t, 1, firsts)
			return first
		}
		for range rounds {
			token := s.Customer()
			order := once("POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}, key, "create")
			path := fmt.Sprintf("/pedidos/%d", order.Int("id"))
			version := s.Must(200, "pedidos", "GET", path, token, nil).Header.Get("ETag")
			once("PATCH", path, token, shop.Object{"estado": "CANCELADO"}, key, "cancel", "If-Match", version)
		}
	}
	shop.EachWith(t, shop.Options{Env: map[string]string{"PEDIDOS_ABIERTOS_MAX": "1"}}, test)
}
