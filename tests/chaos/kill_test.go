// Package chaos breaks the running shop on purpose and checks what must hold afterwards all the same.
//
// Every run prints its seed; CHAOS_SEED repeats it. CHAOS_KILLS makes it longer.
package chaos_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

func number(t *testing.T, variable string, standard uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return standard
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, variable)
	return n
}

// TestKill kills services under load, at any moment. What was acknowledged is there afterwards, every order comes to rest, and
// every unit is accounted for: on the shelf as before, and held by exactly the orders that are open.
func TestKill(t *testing.T) {
	t.Parallel()
	seed := number(t, "CHAOS_SEED", rand.Uint64())
	standard := uint64(10)
	if testing.Short() {
		standard = 3
	}
	kills := int(number(t, "CHAOS_KILLS", standard))
	t.Logf("CHAOS_SEED=%d CHAOS_KILLS=%d", seed, kills)
	for i, engine := range []string{"postgres", "sqlite"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := shop.New(t, shop.Options{Postgres: engine == "postgres"})
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			const units = 100_000
			load := newLoad(s, []int64{s.Product(units), s.Product(units)}, seed)
			load.start(6)
			for range kills {
				victim := []string{"pedidos", "inventario", "pedidos", "inventario", "productos", "auth"}[random.IntN(6)]
				time.Sleep(time.Duration(100+random.IntN(400)) * time.Millisecond)
				s.Kill(victim)
				time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
				s.Start(victim)
			}
			load.stop()
			load.check(t, units)
			t.Logf("%d kills, %d orders acknowledged, %d cancels acknowledged, %d refused with 503, %d without answer: no violation",
				kills, len(load.ordered), len(load.cancelled), load.refused, load.unanswered)
		})
	}
}

// load orders and cancels without pause and remembers what was acknowledged.
type load struct {
	s        *shop.Shop
	products []int64
	token    string
	seed     uint64
	done     chan struct{}
	workers  sync.WaitGroup

	mu                  sync.Mutex
	ordered, cancelled  map[int64]bool // answered 201; 200 or 202
	maybeCancelled      map[int64]bool // asked, without an answer that settles it
	refused, unanswered int
	wrong               []string // answers that no crash excuses
}

func newLoad(s *shop.Shop, products []int64, seed uint64) *load {
	return &load{s: s, products: products, token: s.Customer(), seed: seed, done: make(chan struct{}),
		ordered: map[int64]bool{}, cancelled: map[int64]bool{}, maybeCancelled: map[int64]bool{}}
}

func (l *load) start(workers int) {
	for i := range workers {
		l.workers.Go(func() {
			random := rand.New(rand.NewPCG(l.seed, uint64(100+i)))
			for {
				select {
				case <-l.done:
					return
				default:
					l.buy(random)
				}
			}
		})
	}
}

func (l *load) stop() {
	close(l.done)
	l.workers.Wait()
}

// buy orders one or both products and cancels half of the time.
func (l *load) buy(random *rand.Rand) {
	lines := []shop.Object{{"producto_id": l.products[random.IntN(2)], "cantidad": 1 + random.IntN(3)}}
	if random.IntN(3) == 0 {
		lines = []shop.Object{{"producto_id": l.products[0], "cantidad": 1}, {"producto_id": l.products[1], "cantidad": 2}}
	}
	answer, err := l.s.Do("pedidos", "POST", "/pedidos", l.token, shop.Object{"lineas": lines})
	if !l.note(answer, err, 201) {
		return
	}
	id := answer.Int("id")
	l.mu.Lock()
	l.ordered[id] = true
	l.mu.Unlock()
	if random.IntN(2) == 0 {
		return
	}
	answer, err = l.s.Do("pedidos", "PATCH", fmt.Sprintf("/pedidos/%d", id), l.token, shop.Object{"estado": "CANCELADO"})
	settled := l.note(answer, err, 200, 202)
	l.mu.Lock()
	defer l.mu.Unlock()
	if settled {
		l.cancelled[id] = true
	} else {
		l.maybeCancelled[id] = true
	}
}

// note counts an answer and reports whether it is one of the good ones.
func (l *load) note(a shop.Answer, err error, good ...int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.unanswered++
		time.Sleep(5 * time.Millisecond) // it is down; there is no point in hammering a closed port
		return false
	}
	for _, status := range good {
		if a.Status == status {
			return true
		}
	}
	if a.Status == 503 {
		l.refused++
	} else {
		l.wrong = append(l.wrong, fmt.Sprintf("%d %s", a.Status, a.Body))
	}
	return false
}

// order is what GET /pedidos says of one.
type order struct {
	ID     int64  `json:"id"`
	Fase   string `json:"fase"`
	Motivo string `json:"motivo_cancelacion"`
	Lineas []struct {
		ProductoID int64 `json:"producto_id"`
		Cantidad   int64 `json:"cantidad"`
	} `json:"lineas"`
}

func (l *load) check(t *testing.T, units int64) {
	t.Helper()
	assert.Empty(t, l.wrong, "answers that no crash excuses")
	require.NotEmpty(t, l.ordered, "a run that sold nothing shows nothing")

	var orders map[int64]order
	l.s.Eventually("every order rests", func() bool {
		orders = map[int64]order{}
		for path := "/pedidos?limite=200"; path != ""; {
			page := l.s.Must(200, "pedidos", "GET", path, l.token, nil)
			var list []order
			require.NoError(t, json.Unmarshal(page.Body, &list))
			for _, o := range list {
				if o.Fase != "RESERVADO" && o.Fase != "CANCELADO" {
					time.Sleep(200 * time.Millisecond)
					return false
				}
				orders[o.ID] = o
			}
			path = page.Next()
		}
		return true
	})

	held := map[int64]int64{}
	open := 0
	for id, o := range orders {
		switch {
		case l.cancelled[id]:
			assert.Equal(t, "CANCELADO USUARIO", o.Fase+" "+o.Motivo, "order %d: the cancel was acknowledged", id)
		case l.ordered[id] && !l.maybeCancelled[id]:
			assert.Equal(t, "RESERVADO", o.Fase, "order %d was acknowledged and never cancelled", id)
		}
		if o.Fase == "RESERVADO" {
			if !l.ordered[id] {
				open++
			}
			for _, line := range o.Lineas {
				held[line.ProductoID] += line.Cantidad
			}
		}
	}
	for id := range l.ordered {
		assert.Contains(t, orders, id, "an acknowledged order is lost")
	}
	assert.LessOrEqual(t, open, l.unanswered, "an order that was refused with 503 stayed open")
	for _, product := range l.products {
		cantidad, fisico, reservado := l.s.Stock(product)
		assert.Equal(t, units, fisico, "units on the shelf of product %d", product)
		assert.Equal(t, held[product], reservado, "units of product %d that open orders hold", product)
		assert.Equal(t, fisico-reservado, cantidad)
	}
}
