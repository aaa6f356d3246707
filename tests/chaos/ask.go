package chaos

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tienda-go/tienda/tests/shop"
)

// Ask is one wish of one client: sent once or, with an Idempotency-Key, until it is settled.
type Ask struct {
	Kind            string // "order", "cancel", "complete", "accept", "return", "move", "count"
	Customer        int64  // of an order
	Service, Method string
	Path, Token     string
	Body            shop.Object
	Key             string // "" = none
	Lines           []line // of an order or a return; the one of a move, negative for what leaves
	Restock         bool   // of a return: its units go back on the shelf
	Order           int64  // the order that it is about, or that it created
	Reference       string // the request id of a move or a count

	Begin, End time.Time // of the first try, and of the last
	Tries      []Told
	Final      *Told // the first answer that settles it; nil while there is none
}

// byHand reports whether it changes stock without an order.
func (a *Ask) byHand() bool { return a.Kind == "move" || a.Kind == "count" }

// Told is an answer that a client got.
type Told struct {
	Begin, End time.Time
	Status     int // 0 = no answer
	Replayed   bool
	Answer     shop.Answer
}

// good are the answers that each kind of wish may get in any storm: those that settle it. 503, no answer, and with a key
// 409 CLAVE_EN_CURSO leave it open.
var good = map[string][]string{
	"order":    {"201", "409 STOCK_INSUFICIENTE"},
	"cancel":   {"200", "202", "409 TRANSICION_ILEGAL"},
	"complete": {"200", "202", "409 TRANSICION_ILEGAL"},
	"accept":   {"200", "409 TRANSICION_ILEGAL"},
	"return":   {"201", "202", "409 DEVOLUCION_EXCESIVA", "409 TRANSICION_ILEGAL"},
	"move":     {"200", "409 STOCK_INSUFICIENTE"},
	"count":    {"200", "409 CAMBIO_DURANTE_RECUENTO", "409 STOCK_INSUFICIENTE"},
}

// Settles reports whether the answer is final: the effect is there, or there is none and never will be.
func (t Told) Settles(kind string) bool { return slices.Contains(good[kind], t.verdict()) }

// Open reports whether a fault explains the answer, and the wish is still open.
func (t Told) Open(keyed bool) bool {
	return t.Status == 0 || t.Status == 503 || keyed && t.verdict() == "409 CLAVE_EN_CURSO"
}

// verdict is like "201" or "409 STOCK_INSUFICIENTE".
func (t Told) verdict() string {
	text := ""
	if t.Status >= 300 {
		text = " " + t.Answer.Text("codigo")
	}
	return strconv.Itoa(t.Status) + text
}

// client sends wishes and records their answers.
type client struct {
	shop   *shop.Shop
	record *Record
	random *rand.Rand
	only   string // the instance to ask; "" = any
}

// send tries until the answer settles the wish, or another try makes no sense: without a key after one try, and with a key when
// stop is closed. It reports whether the wish is settled.
func (c *client) send(a *Ask, stop func() bool) bool {
	c.record.Begin(a)
	return c.try(a, stop)
}

func (c *client) try(a *Ask, stop func() bool) bool {
	for try := 1; ; try++ {
		settled := c.record.Heard(a, c.once(a))
		if settled || a.Key == "" || stop() {
			return settled
		}
		time.Sleep(time.Duration(5+c.random.IntN(40*min(try, 8))) * time.Millisecond)
	}
}

// twice sends a wish with a key two times at the same time, like a double click, and then like send.
func (c *client) twice(a *Ask, stop func() bool) bool {
	c.record.Begin(a)
	var settled [2]bool
	var both sync.WaitGroup
	for i := range settled {
		twin := c.fork()
		both.Go(func() { settled[i] = twin.try(a, stop) })
	}
	both.Wait()
	return settled[0] || settled[1]
}

// once sends a wish to any instance of its service.
func (c *client) once(a *Ask) Told {
	all := c.shop.Instances(a.Service)
	var headers []string
	if a.Reference != "" {
		headers = append(headers, "X-Request-Id", a.Reference)
	}
	if a.Key != "" {
		headers = append(headers, "Idempotency-Key", a.Key)
	}
	instance := all[c.random.IntN(len(all))]
	if c.only != "" {
		instance = c.only
	}
	begin := time.Now()
	answer, err := c.shop.Do(instance, a.Method, a.Path, a.Token, a.Body, headers...)
	told := Told{Begin: begin, End: time.Now(), Answer: answer, Status: answer.Status}
	if err != nil {
		told.Status = 0
		time.Sleep(3 * time.Millisecond) // the service is down: wait before the next try
		return told
	}
	told.Replayed = answer.Header.Get("Idempotency-Replayed") == "true"
	return told
}

// look reads what is at a path.
func (c *client) look(service, path, token string) Told {
	return c.once(&Ask{Kind: "look", Service: service, Method: "GET", Path: path, Token: token})
}

// fork is a client for another goroutine.
func (c *client) fork() *client {
	return &client{shop: c.shop, record: c.record, random: rand.New(rand.NewPCG(c.random.Uint64(), 0))}
}
