package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Record has the answers that clients got. It reads no database: later answers are compared with it.
type Record struct {
	mu       sync.Mutex
	products map[int64]*units
	prices   map[int64]map[cents]bool // that a product ever had, or may have had
	orders   map[int64]*Order
	asks     []*Ask
	calm     calm // when there was no fault
	counts   Counts
	found    []Violation
	closed   atomic.Bool
	alarm    func() // is called at every violation; nil = none
}

// Order is an order that a client got in an answer.
type Order struct {
	ID        int64
	Ask       *Ask
	Placed    *view  // as the 201 showed it; nil for one without stock
	Final     string // final estado in an answer: it never changes again
	Promised  string // estado that it must have in the end: a decision was acknowledged
	Cancels   int    // requests, with any answer
	Completes int
	Accepts   int
	Accepted  bool   // acknowledged to a client: its owner can no longer cancel it
	Returns   []*Ask // requests, with any answer
	version   int64
	versionAt time.Time
	finalAt   time.Time
}

// Violation is a promise that was broken.
type Violation struct{ Check, What string }

const shownViolations = 4 // of each check: the first ones explain the others

// NewRecord is the record of a shop whose products begin with these units.
func NewRecord(initial map[int64]int64) *Record {
	r := &Record{products: map[int64]*units{}, prices: map[int64]map[cents]bool{}, orders: map[int64]*Order{}, counts: Counts{}}
	for id, n := range initial {
		r.products[id], r.prices[id] = &units{initial: n}, map[cents]bool{}
	}
	return r
}

// Violate notes that a promise was broken.
func (r *Record) Violate(check, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violate(check, format, args...)
}

func (r *Record) violate(check, format string, args ...any) {
	r.counts[violations]++
	if r.alarm != nil {
		r.alarm()
	}
	same := 0
	for _, v := range r.found {
		if v.Check == check {
			same++
		}
	}
	if same < shownViolations {
		r.found = append(r.found, Violation{check, fmt.Sprintf(format, args...)})
	}
}

func (r *Record) count(line string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[line] += n
}

// Priced notes that a product is about to have a price.
func (r *Record) Priced(product int64, price cents) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.prices[product][price] = true
}

// Placed is the order of a wish; nil when there was no stock for it.
func (r *Record) Placed(a *Ask) *Order {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.orders[a.Order]; o != nil && o.Placed != nil {
		return o
	}
	return nil
}

// Close notes that no client tries any more: open wishes stay open.
func (r *Record) Close() { r.closed.Store(true) }

// Closed reports whether Close was called.
func (r *Record) Closed() bool { return r.closed.Load() }

// Snapshot is what the clients know of the stock at this moment.
func (r *Record) Snapshot() map[int64]units {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make(map[int64]units, len(r.products))
	for id, u := range r.products {
		all[id] = *u
	}
	return all
}

// Begin notes that a wish is about to be sent: from now on it may have its effect.
func (r *Record) Begin(a *Ask) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a.Begin = time.Now()
	r.asks = append(r.asks, a)
	r.begin(a)
}

// Heard records one answer to a wish, or that there was none, and reports whether the wish is settled.
func (r *Record) Heard(a *Ask, told Told) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	a.End = told.End
	a.Tries = append(a.Tries, told)
	r.counts[operations]++
	switch {
	case told.Settles(a.Kind) && a.Final != nil:
		r.same(a, told)
	case told.Settles(a.Kind):
		a.Final = &told
		if told.Status < 300 {
			r.counts[acknowledged]++
		} else {
			r.counts[refused]++
		}
		r.settle(a)
	case !told.Open(a.Key != ""):
		r.violate("unexpected answer", "%s %s: %s %s", a.Method, a.Path, told.verdict(), told.Answer.Body)
	case told.Status == 0:
		r.counts[unanswered]++
		if r.calm.during(told.Begin, told.End) {
			r.violate("calm", "%s %s: no answer while nothing was broken", a.Method, a.Path)
		}
	default:
		r.unavailable(a, told)
	}
	return a.Final != nil
}

// unavailable is a 503 or a key in flight: it has Retry-After, and is a violation while there is no fault.
func (r *Record) unavailable(a *Ask, told Told) {
	r.counts[unavailable]++
	if told.Answer.Header.Get("Retry-After") == "" {
		r.violate("Retry-After", "%s %s: %s without it", a.Method, a.Path, told.verdict())
	}
	if told.Status == 503 && r.calm.during(told.Begin, told.End) {
		r.violate("calm", "%s %s, key %q: 503 after %d ms while nothing was broken: %s", a.Method, a.Path, a.Key,
			told.End.Sub(told.Begin).Milliseconds(), told.Answer.Body)
	}
}

// same demands that a further answer to a key is the first one, byte for byte.
func (r *Record) same(a *Ask, again Told) {
	first := a.Final
	if first.Status != again.Status || !bytes.Equal(first.Answer.Body, again.Answer.Body) {
		r.violate("replay", "key %s of %s %s: told %d %s, then %d %s", a.Key, a.Method, a.Path,
			first.Status, first.Answer.Body, again.Status, again.Answer.Body)
	}
	if again.Begin.After(first.End) && !again.Replayed {
		// of two requests at the same time, the client does not know which was first
		r.violate("replay", "key %s of %s %s: the answer is not marked as replayed; %s", a.Key, a.Method, a.Path, a.story())
	}
}

// view is an order as an answer shows it.
type view struct {
	ID         int64     `json:"id"`
	UsuarioID  int64     `json:"usuario_id"`
	Estado     string    `json:"estado"`
	Fase       string    `json:"fase"`
	Motivo     string    `json:"motivo_cancelacion"`
	ExpiraEn   *string   `json:"expira_en"`
	Referencia string    `json:"referencia"`
	Moneda     string    `json:"moneda"`
	Total      cents     `json:"total"`
	Lineas     []line    `json:"lineas"`
	CreadoEn   time.Time `json:"creado_en"`
	Version    int64     `json:"version"`
}

type line struct {
	ProductoID int64  `json:"producto_id"`
	Nombre     string `json:"nombre"`
	Cantidad   int64  `json:"cantidad"`
	Precio     cents  `json:"precio"`
	Subtotal   cents  `json:"subtotal"`
}

// cents is an amount of money in hundredths.
type cents int64

// UnmarshalJSON reads a number of at most two decimals.
func (c *cents) UnmarshalJSON(text []byte) error {
	var f float64
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	*c = cents(f*100 + 0.5)
	return nil
}
