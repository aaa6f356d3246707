package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// wire is a proxy between pedidos and inventario, so that a test can act at the moment of a request.
type wire struct {
	*httptest.Server
	mu    sync.Mutex
	busy  sync.WaitGroup // running tricks
	shop  *shop.Shop
	trick func(w http.ResponseWriter, r *http.Request, deliver func() (status int, body []byte)) // for the next request that fits
	fits  string                                                                                 // the end of its path; "" = a PUT
}

func newWire(t *testing.T) *wire {
	w := &wire{}
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.Close)
	return w
}

// Next sets the trick for the next PUT (fits is ""), or for the next POST whose path ends with fits.
func (w *wire) Next(fits string, trick func(http.ResponseWriter, *http.Request, func() (int, []byte))) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fits, w.trick = fits, trick
}

func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.mu.Lock()
	s, trick := w.shop, w.trick
	if trick != nil && (w.fits == "" && r.Method == http.MethodPut || w.fits != "" && strings.HasSuffix(r.URL.Path, w.fits)) {
		w.trick = nil
		w.busy.Add(1)
		defer w.busy.Done()
	} else {
		trick = nil
	}
	w.mu.Unlock()
	header := "application/json"
	deliver := func() (int, []byte) {
		a, err := s.Do("inventario", r.Method, r.URL.Path, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), body)
		if err != nil {
			return 0, nil
		}
		header = a.Header.Get("Content-Type")
		return a.Status, a.Body
	}
	if trick != nil {
		trick(out, r, deliver)
		return
	}
	status, answer := deliver()
	if status == 0 {
		panic(http.ErrAbortHandler) // no answer, like a process that does not run
	}
	out.Header().Set("Content-Type", header)
	out.WriteHeader(status)
	_, _ = out.Write(answer)
}

// newShopOnWire is a shop whose pedidos reaches inventario over the wire only.
func newShopOnWire(t *testing.T, postgres bool) (*shop.Shop, *wire) {
	w := newWire(t)
	s := shop.New(t, shop.Options{Postgres: postgres, Env: map[string]string{"INVENTARIO_SERVICE_URL": w.URL}})
	w.mu.Lock()
	w.shop = s
	w.mu.Unlock()
	return s, w
}

// TestWorstMoments kills pedidos and inventario before and after each remote step of an order, and lets a step arrive after
// every caller's timeout. At the end every order rests and every unit is accounted for.
func TestWorstMoments(t *testing.T) {
	t.Parallel()
	const lost = -1 // the client gets no answer, because pedidos is killed
	for name, postgres := range map[string]bool{"postgres": true, "sqlite": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w := newShopOnWire(t, postgres)
			const units = 1000
			product, token := s.Product(units), s.Customer()

			order := func(arm func()) shop.Answer {
				s.Eventually("inventario can be reached again", func() bool { // the breaker may still be open
					return s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}).
						Status == 201
				})
				arm()
				a, err := s.Do("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 3})
				if err != nil {
					a.Status = lost
				}
				return a
			}
			change := func(estado string) func(arm func()) shop.Answer {
				return func(arm func()) shop.Answer {
					var placed shop.Answer
					s.Eventually("an order can be placed again", func() bool { // the breaker may still be open
						placed = s.Call("pedidos", "POST", "/pedidos", s.Admin(), shop.Object{"producto_id": product, "cantidad": 3})
						return placed.Status == 201
					})
					id := placed.Int("id")
					arm()
					a, err := s.Do("pedidos", "PATCH", fmt.Sprintf("/pedidos/%d", id), s.Admin(), shop.Object{"estado": estado})
					if err != nil {
						a.Status = lost
					}
					return a
				}
			}
			abort := func() { panic(http.ErrAbortHandler) }
			var late []func() (int, []byte)
			var lateAnswers sync.Mutex

			tricks := map[string]func(http.ResponseWriter, *http.Request, func() (int, []byte)){
				"pedidos dies before inventario hears of it": func(http.ResponseWriter, *http.Request, func() (int, []byte)) {
					s.Kill("pedidos")
					abort()
				},
				"pedidos dies after inventario did it": func(_ http.ResponseWriter, _ *http.Request, deliver func() (int, []byte)) {
					deliver()
					s.Kill("pedidos")
					abort()
				},
				"inventario dies before it hears of it": func(http.ResponseWriter, *http.Request, func() (int, []byte)) {
					s.Kill("inventario")
					abort()
				},
				"inventario dies after it did it, its answer is lost": func(_ http.ResponseWriter, _ *http.Request,
					deliver func() (int, []byte)) {
					deliver()
					s.Kill("inventario")
					abort()
				},
				"the request is late, pedidos gives it up": func(_ http.ResponseWriter, _ *http.Request, deliver func() (int, []byte)) {
					lateAnswers.Lock()
					late = append(late, deliver)
					lateAnswers.Unlock()
					s.Kill("pedidos")
					abort()
				},
			}
			for _, step := range []struct {
				name, path string
				act        func(arm func()) shop.Answer
			}{{"reserve", "", order}, {"release", "/liberar", change("CANCELADO")}, {"consume", "/consumir", change("COMPLETADO")}} {
				for moment, trick := range tricks {
					a := step.act(func() { w.Next(step.path, trick) })
					w.busy.Wait() // the client sees the closed connection before the process has ended
					t.Logf("%s: %s: client was told %d", step.name, moment, a.Status)
					assert.Contains(t, []int{lost, 200, 201, 202, 503}, a.Status, "%s: %s: %s", step.name, moment, a.Body)
					revive(s, "inventario")
					revive(s, "pedidos")
				}
			}
			settle(t, s)
			// The timed-out requests arrive now; none of them may have an effect.
			before := state(t, s, product)
			for _, deliver := range late {
				deliver()
			}
			assert.Equal(t, before, state(t, s, product), "a late request undid what was decided")
			audit(t, s, product, units)
		})
	}
}

// revive starts a service again if it was killed.
func revive(s *shop.Shop, name string) {
	if s.Ended(name) {
		s.Start(name)
	}
}

type order struct {
	ID     int64
	Units  int64 `json:"cantidad"`
	Estado string
	Fase   string
}

func orders(t *testing.T, s *shop.Shop) (all []order) {
	t.Helper()
	path := "/pedidos?limite=200"
	for path != "" {
		a := s.Must(200, "pedidos", "GET", path, s.Admin(), nil)
		var page []order
		require.NoError(t, json.Unmarshal(a.Body, &page))
		all = append(all, page...)
		path = a.Next(path)
	}
	return all
}

// settle waits until every order rests.
func settle(t *testing.T, s *shop.Shop) {
	t.Helper()
	s.Eventually("every order rests", func() bool {
		for _, o := range orders(t, s) {
			switch o.Fase {
			case "RESERVADO", "COMPLETADO", "CANCELADO":
			default:
				return false
			}
		}
		return true
	})
}

func state(t *testing.T, s *shop.Shop, product int64) string {
	t.Helper()
	cantidad, fisico, reservado := s.Stock(product)
	return fmt.Sprintf("%d/%d/%d %v", cantidad, fisico, reservado, orders(t, s))
}

// audit accounts for every unit: the units of open orders are reserved, those of completed orders have left, and no others have.
func audit(t *testing.T, s *shop.Shop, product, units int64) {
	t.Helper()
	var held, sold int64
	for _, o := range orders(t, s) {
		switch o.Fase {
		case "RESERVADO":
			held += o.Units
		case "COMPLETADO":
			sold += o.Units
		}
	}
	cantidad, fisico, reservado := s.Stock(product)
	require.Equal(t, units-sold, fisico, "units on the shelf")
	require.Equal(t, held, reservado, "units held for open orders")
	require.Equal(t, fisico-reservado, cantidad)
	require.GreaterOrEqual(t, cantidad, int64(0))
	t.Logf("units: %d at first, %d sold, %d held, %d for sale", units, sold, held, cantidad)
}
