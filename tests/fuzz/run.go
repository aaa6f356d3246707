// Package fuzz sends the running shop wrong requests, and some good ones, as every kind of caller, and checks every answer
// against the OpenAPI documents and against what is promised of every answer.
//
// A request is a good one, drawn from the document, and a number of twists, and each twist makes one thing wrong. Request n of
// seed s is always the same but for identifiers. A request that breaks a promise is sent again with fewer twists, and shown as
// the smallest request that still does.
package fuzz

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/matrix"
	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// Options of a run.
type Options struct {
	Seed     uint64
	Requests int
	Postgres bool
	Limit    time.Duration // it ends then, also when Requests are left; 0 = never
	Done     *atomic.Int64 // counts requests, for progress lines
}

// Violation is a broken promise, with the smallest request that shows it.
type Violation struct {
	Number        int // of the request
	Kind, What    string
	Request, Sent string // how it is made, and what was sent
	Answer        string
	Times         int
}

// Result is the result of a run.
type Result struct {
	Tally      Tally
	Violations []*Violation
}

// fuzzer is the only client of one shop, so it knows what the shop has.
type fuzzer struct {
	o          Options
	t          testing.TB
	shop       *shop.Shop
	cast       *matrix.Cast
	contract   *openapi.Contract
	operations []openapi.Operation // each as often as its weight
	may        map[string][]matrix.Caller
	pool       pool
	passwords  map[string]string // of callers, by name
	ended      map[string]bool   // Authorization of ended sessions: services may accept it until their next poll
	keys       map[string]keyed
	earlier    []*draft // requests that did something, to be sent again
	made       made
	sent       int
	wires      map[string]*wire
	tally      Tally
	violations map[string]*Violation
	order      []string // of violations
}

// Run fuzzes a shop. It fails t only where no run was possible.
func Run(t testing.TB, o Options) Result {
	t.Helper()
	f := &fuzzer{o: o, t: t, may: map[string][]matrix.Caller{}, wires: map[string]*wire{}, tally: Tally{},
		violations: map[string]*Violation{}, passwords: map[string]string{}, ended: map[string]bool{}, keys: map[string]keyed{},
		made: made{map[int64]bool{}, map[int64]bool{}, map[int64]bool{}},
		pool: pool{shelf: map[int64]int64{}, own: map[string][]int64{}}}
	f.open()
	generator, start := f.generator(), time.Now()
	for n := range o.Requests {
		p := generator.Example(int(mix(o.Seed, uint64(n))))
		if n%10_000 == 9_999 {
			f.cast.Renew(t)
		}
		f.step(n, p)
		o.Done.Add(1)
		if o.Limit > 0 && time.Since(start) > o.Limit || len(f.order) >= 40 {
			break // 40 are enough to mend
		}
	}
	for _, v := range f.end() {
		f.order = append(f.order, v.kind+v.what)
		f.violations[v.kind+v.what] = &Violation{Kind: v.kind, What: v.what, Times: 1}
	}
	r := Result{Tally: f.tally}
	for _, key := range f.order {
		r.Violations = append(r.Violations, f.violations[key])
	}
	return r
}

// mix spreads seed and number over all bits (splitmix64).
func mix(seed, n uint64) uint64 {
	z := seed*0x9e3779b97f4a7c15 + n + 1
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return (z ^ z>>31) >> 1
}

// open starts the shop and puts something on its shelves.
func (f *fuzzer) open() {
	env := matrix.Secrets()
	env["ACCESS_TOKEN_EXPIRE_MINUTES"] = "60"
	f.shop = shop.New(f.t, shop.Options{Postgres: f.o.Postgres, Env: env, Quiet: true})
	f.cast = matrix.NewCast(f.t, f.shop)
	documents := matrix.Documents(f.t, f.shop)
	contract, err := openapi.NewContract(documents)
	require.NoError(f.t, err)
	f.contract = contract
	for _, d := range documents {
		for _, o := range d.Operations {
			for range weight(o) {
				f.operations = append(f.operations, o)
			}
			for _, c := range f.cast.All {
				status, err := c.Decide(o)
				require.NoError(f.t, err)
				if status == 0 {
					f.may[o.Service+o.String()] = append(f.may[o.Service+o.String()], c)
				}
			}
		}
	}
	for _, service := range launcher.Names() {
		f.wires[service] = &wire{address: strings.TrimPrefix(f.shop.URL(service), "http://")}
	}
	f.pool.since = time.Now()
	for _, c := range f.cast.All {
		f.passwords[c.Name] = c.Password
	}
	for range always {
		id := f.shop.Product(1_000_000)
		f.pool.products, f.pool.highest = append(f.pool.products, id), id
		f.made.products[id], f.made.stock[id] = true, true
	}
	f.pool.guest = account{"invitada-de-la-casa", secretMark + "frase larga y propia"}
	f.register(f.pool.guest)
	f.pool.spareID = f.register(account{"persona-de-repuesto", secretMark + "otra frase larga"})
	for range 3 {
		session := f.shop.Must(200, "auth", "POST", "/login", "",
			shop.Object{"username": f.pool.guest.username, "password": f.pool.guest.password})
		f.pool.refresh = append(f.pool.refresh, session.Text("refresh_token"))
	}
}

func (f *fuzzer) register(a account) int64 {
	return f.shop.Must(201, "auth", "POST", "/register", "", shop.Object{
		"username": a.username, "email": a.username + "@tienda.example", "password": a.password,
	}).Int("id")
}

// step sends one request.
func (f *fuzzer) step(n int, p plan) {
	d := twisted(p.base, p.twists)
	r, found := f.send(d, len(p.twists) > 0)
	f.tally.count(d.Op, r.Status)
	if r.Status >= 200 && r.Status < 300 && d.Method != "GET" {
		f.earlier = remember(f.earlier, d)
	}
	for _, v := range found {
		f.violate(n, p, v)
	}
}

func twisted(base *draft, twists []twist) *draft {
	d := base.clone()
	for _, tw := range twists {
		tw.apply(d)
	}
	if len(d.body()) > maxBody { // whichever twist made it so
		d.Wrong, d.Wire, d.Hangup = true, true, true
	}
	return d
}

// send sends a request, and checks its answer and its effect.
func (f *fuzzer) send(d *draft, odd bool) (r reply, found findings) {
	w := f.wires[d.Op.Service]
	about, look := f.subjectOf(d), f.sent%2 == 0 // reading takes as long as the request itself
	f.sent++
	var before reply
	if about != nil && look {
		before = f.read(*about)
	}
	r, err := w.exchange(d.Method, d.bytes(w.address))
	f.judge(d, r, err, &found)
	if err == nil {
		f.replays(d, odd, r, &found)
		if look {
			f.untouched(about, before, r, &found)
		}
		f.readBack(d, about, r, &found)
		f.learn(d, r)
	}
	return r, found
}

// violate notes what was found, once for each kind and operation, with as few twists as it takes.
func (f *fuzzer) violate(n int, p plan, v finding) {
	key := v.kind + " " + p.base.Op.Service + " " + p.base.Op.String()
	if known := f.violations[key]; known != nil {
		known.Times++
		return
	}
	twists := p.twists
	for i := 0; i < len(twists); {
		fewer := slices.Delete(slices.Clone(twists), i, i+1)
		if _, again := f.send(twisted(p.base, fewer), len(fewer) > 0); slices.ContainsFunc(again, v.alike) {
			twists = fewer
			continue
		}
		i++
	}
	d := twisted(p.base, twists)
	r, again := f.send(d, len(twists) > 0)
	if i := slices.IndexFunc(again, v.alike); i >= 0 {
		v = again[i]
	} else {
		v.what += " (not again when it was repeated)"
	}
	var names []string
	for _, tw := range twists {
		names = append(names, tw.name)
	}
	f.order = append(f.order, key)
	f.violations[key] = &Violation{
		Number: n, Kind: v.kind, What: v.what, Times: 1,
		Request: fmt.Sprintf("%s of %s as %s; twists: %q", p.base.Op, p.base.Op.Service, d.Caller.Name, names),
		Sent:    shortened(fmt.Sprintf("%q", d.bytes("tienda")), 1500),
		Answer:  shortened(fmt.Sprintf("%d %v %q", r.Status, r.Header, r.Body), 1500),
	}
}
