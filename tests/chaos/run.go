// Package chaos injects faults into the running shop while clients use it, and compares everything that it answers with the
// earlier answers.
package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tienda-go/tienda/tests/shop"

	"github.com/tienda-go/tienda/kit/dbtest"
)

// Options of a run; zero values are the ordinary ones.
type Options struct {
	Seed    uint64
	Engine  string                      // Postgres or SQLite
	Storm   time.Duration               // how long things break
	Calm    time.Duration               // before and after it, in which nothing does
	Weather *Weather                    // nil = drawn from the seed
	Binary  func(service string) string // another program than the current source; nil or "" = the current source

	UntilRed bool   // the first violation ends the run
	Board    *Board // shows progress; nil = no progress
}

// Result is the result of a run.
type Result struct {
	Plan       Plan
	Counts     Counts
	Violations []Violation // the first ones
	Took       time.Duration
}

const (
	// Some seconds are enough; a busy machine takes longer.
	healLimit   = time.Minute     // a breaker stays open for 10 s at most
	settleLimit = 2 * time.Minute // leases of requests and of the reconciler, one after the other, and its backoff
)

// run is a shop in a storm.
type run struct {
	o       Options
	t       testing.TB
	ctx     context.Context // of the run; over early only with Options.UntilRed
	plan    Plan
	shop    *shop.Shop
	cluster *dbtest.Cluster // nil on SQLite
	links   []*Link
	record  *Record
	admin   string
	buyers  []*buyer
	all     []int64
	hot     []int64     // those of all that sell out
	stopped atomic.Bool // the clients begin nothing new
}

// Run runs a storm on a shop and returns the violations. It fails t only when no run was possible.
func Run(t testing.TB, o Options) Result {
	t.Helper()
	start := time.Now()
	r := &run{o: o, t: t, plan: Draw(o.Seed, o.Engine, o.Storm, o.Weather)}
	r.open()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if o.UntilRed {
		r.record.alarm = cancel
	}
	r.ctx = ctx
	o.Board.watch(o.Engine, r.record)
	stopWatching := r.watch()
	stopLoad := r.load()

	r.calm()
	r.storm()
	healed := ctx.Err() == nil && r.heal()
	if healed {
		r.calm()
	}
	o.Board.phase(o.Engine, "settling")
	stopLoad()
	stopWatching()
	if healed && ctx.Err() == nil { // else there is no service to check, or the result is known
		r.check()
	}
	o.Board.phase(o.Engine, "done")
	r.keepLogs()
	r.record.mu.Lock()
	defer r.record.mu.Unlock()
	return Result{Plan: r.plan, Counts: r.record.counts, Violations: r.record.found, Took: time.Since(start)}
}

// calm is a while in which nothing breaks. It lasts until the clients have done enough, at most a minute longer.
func (r *run) calm() {
	r.o.Board.phase(r.o.Engine, "calm")
	r.record.calm.begin()
	pause(r.ctx, r.o.Calm)
	r.within(time.Now().Add(time.Minute), r.enough)
	r.record.calm.end()
}

// enough reports whether there were so many reads and changes that a run without violations shows something.
func (r *run) enough() bool {
	c, seconds := r.record.Counts(), int((2*r.o.Calm + r.o.Storm).Seconds())
	return c[reads] >= 2*seconds && c[acknowledged] >= seconds
}

func (r *run) storm() {
	r.o.Board.phase(r.o.Engine, "storm")
	ctx, over := context.WithTimeout(r.ctx, r.o.Storm)
	defer over()
	r.blow(ctx)
	<-ctx.Done()
	r.o.Board.phase(r.o.Engine, "healing")
}

// open starts the shop with its products and customers.
func (r *run) open() {
	options := shop.Options{Through: r.through, Quiet: true, Unchecked: true, Binary: r.o.Binary,
		Env: map[string]string{"ACCESS_TOKEN_EXPIRE_MINUTES": "60"}}
	if r.o.Engine == Postgres {
		r.cluster = dbtest.StartCluster(r.t)
		options.Cluster = r.cluster
		options.Instances = map[string]int{"pedidos": 2, "inventario": 2}
	}
	r.shop = shop.New(r.t, options)
	r.admin = r.shop.Admin()
	initial := map[int64]int64{}
	for _, units := range []int{15, 25, 400, 400, 2000} {
		id := r.shop.Product(units)
		initial[id] = int64(units)
		r.all = append(r.all, id)
	}
	r.hot = r.all[:2]
	r.record = NewRecord(initial)
	for _, id := range r.all {
		r.record.Priced(id, 1000)
	}
	for n := range 11 { // the last customer checks that the shop works again
		b := &buyer{client: r.client(uint64(100 + n)), name: fmt.Sprintf("buyer-%d", n), token: r.shop.Customer(), admin: r.admin,
			products: append([]int64{r.hot[0], r.hot[1], r.hot[0]}, r.all...), stop: r.stopped.Load}
		b.user = r.shop.Must(200, "auth", "GET", "/me", b.token, nil).Int("id")
		r.buyers = append(r.buyers, b)
	}
}

// through puts a link before the peers of pedidos, and before the databases of pedidos and inventario. Calls to auth, and of
// other services, have no faults.
func (r *run) through(from, to, address string) string {
	fromPedidos := strings.HasPrefix(from, "pedidos")
	toStore := to == "postgres" && (fromPedidos || strings.HasPrefix(from, "inventario"))
	toPeer := fromPedidos && (strings.HasPrefix(to, "inventario") || strings.HasPrefix(to, "productos"))
	if !toStore && !toPeer {
		return address
	}
	l := newLink(r.t, from, to, address)
	r.links = append(r.links, l)
	return l.proxy.Listen
}

func (r *run) client(stream uint64) client {
	return client{shop: r.shop, record: r.record, random: rand.New(rand.NewPCG(r.o.Seed, stream))}
}

// load runs the clients until stop is called; stop returns when every client knows the outcome of its wishes.
func (r *run) load() (stop func()) {
	var all sync.WaitGroup
	for _, b := range r.buyers[:len(r.buyers)-1] {
		all.Go(b.live)
	}
	for n := range 2 {
		s := &stocker{client: r.client(uint64(200 + n)), name: fmt.Sprintf("move-%d", n), token: r.admin, hot: r.hot, all: r.all,
			stop: r.stopped.Load}
		all.Go(s.live)
	}
	p := &pricer{client: r.client(300), token: r.admin, all: r.all, stop: r.stopped.Load}
	all.Go(p.live)
	return func() {
		r.stopped.Store(true)
		if r.ctx.Err() != nil {
			r.record.Close()
		}
		giveUp := time.AfterFunc(healLimit, r.record.Close)
		all.Wait()
		giveUp.Stop()
		r.record.Close()
	}
}

// watch reads all the time until stop is called.
func (r *run) watch() (stop func()) {
	reader := func(stream uint64) *reader { return &reader{client: r.client(stream), token: r.admin} }
	watchers := []func(context.Context){reader(400).stocks, reader(401).ledger, reader(402).orders}
	if r.cluster != nil {
		watchers = append(watchers, r.deadlocks)
	}
	ctx, cancel := context.WithCancel(r.ctx)
	var all sync.WaitGroup
	for _, w := range watchers {
		all.Go(func() { w(ctx) })
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// heal waits until every instance is ready and takes orders again, one after the other.
func (r *run) heal() bool {
	deadline := time.Now().Add(healLimit)
	for _, name := range r.shop.Instances() {
		if !r.within(deadline, func() bool { return r.shop.Ended(name) || r.shop.Ready(name) }) {
			r.record.Violate("heal", "%s is not ready %s after the last fault", name, healLimit)
			return false
		}
		if r.shop.Ended(name) {
			r.record.Violate("alive", "%s ended by itself: %s", name, r.shop.LastLines(name, 5))
			return false
		}
	}
	prober := r.buyers[len(r.buyers)-1]
	for _, name := range r.shop.Instances("pedidos") {
		prober.only = name
		good := 0
		if !r.within(deadline, func() bool {
			if good++; !prober.probe() {
				good = 0
			}
			return good == 5
		}) {
			r.record.Violate("heal", "%s takes no orders %s after the last fault", name, healLimit)
			return false
		}
	}
	return true
}

// keepLogs writes the logs of the services into the folder CHAOS_LOGS, to find causes.
func (r *run) keepLogs() {
	dir := os.Getenv("CHAOS_LOGS")
	if dir == "" {
		return
	}
	for _, name := range r.shop.Instances() {
		path := filepath.Join(dir, fmt.Sprintf("%d-%s-%s.log", r.o.Seed, r.o.Engine, name))
		if err := os.WriteFile(path, []byte(r.shop.Output(name)), 0o600); err != nil {
			r.t.Log(err)
		}
	}
}
