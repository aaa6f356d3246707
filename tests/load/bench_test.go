package load_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/load"
)

const (
	products  = 10_000 // of the shop that is measured: nothing of them sells out
	customers = 64
)

// BenchmarkShop measures the shop beside what its database can do at the least, in one run, then the same work on short and long
// histories by turns, and writes a report. make bench runs it; BENCH_SECONDS is how long each measurement takes, BENCH_ROUNDS how
// often each is made, BENCH_ROWS the histories.
func BenchmarkShop(t *testing.B) {
	b := bench{
		duration: time.Duration(setting(t, "BENCH_SECONDS", 5)) * time.Second, rounds: setting(t, "BENCH_ROUNDS", 3),
	}
	report := load.Report{Machine: machine(), Seconds: int(b.duration.Seconds()), Rounds: b.rounds}
	for _, engine := range []string{"postgres", "sqlite"} {
		works, services := b.engine(t, engine)
		report.Works = append(report.Works, works...)
		if engine == "postgres" {
			report.Services = services
		}
	}
	report.Growth = b.growth(t)

	report.Markdown(os.Stdout)
	if name := os.Getenv("BENCH_JSON"); name != "" {
		raw, err := json.MarshalIndent(report, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(name, raw, 0o644))
		out, err := os.Create(strings.TrimSuffix(name, ".json") + ".md")
		require.NoError(t, err)
		report.Markdown(out)
		require.NoError(t, out.Close())
	}
}

// bench is how to measure.
type bench struct {
	duration time.Duration
	rounds   int
}

// engine measures every work on one database.
func (b bench) engine(t testing.TB, engine string) ([]load.Result, []load.Service) {
	t.Helper()
	d := newBed(t, engine, products)
	services := d.services()
	works := d.works()
	runs := make([][]load.Result, len(works))
	for round := range b.rounds {
		for i, w := range works {
			progress("%-8s %d/%d  %s, %d clients", engine, round+1, b.rounds, w.name, w.clients)
			if r, ok := d.measure(w, b.duration); ok {
				runs[i] = append(runs[i], r)
			}
		}
	}
	d.loaded(services)
	d.close()
	var results []load.Result
	for _, r := range runs {
		if len(r) > 0 {
			slices.SortFunc(r, func(a, b load.Result) int { return int(1000 * (a.PerSecond - b.PerSecond)) })
			results = append(results, r[len(r)/2])
		}
	}
	return results, services
}

// growth measures works by turns on shops with histories of different length.
func (b bench) growth(t testing.TB) (all []load.Growth) {
	t.Helper()
	rows := []int{1_000, 100_000, 1_000_000}
	if given := os.Getenv("BENCH_ROWS"); given != "" {
		rows = nil
		for field := range strings.FieldsSeq(given) {
			n, err := strconv.Atoi(field)
			require.NoError(t, err, "BENCH_ROWS must be whole numbers")
			rows = append(rows, n)
		}
	}
	var beds []*bed
	for _, n := range rows {
		progress("a shop with a history of %d rows", n)
		beds = append(beds, newBed(t, "postgres", n))
	}
	for i, w := range beds[0].aged() {
		g := load.Growth{Work: w.name, Rows: rows, P50: make([]float64, len(rows))}
		runs := make([][]float64, len(rows))
		for round := range b.rounds {
			for k, d := range beds {
				progress("%d rows  %d/%d  %s", rows[k], round+1, b.rounds, w.name)
				if r, ok := d.measure(d.aged()[i], b.duration/2); ok {
					runs[k] = append(runs[k], r.P50)
				}
			}
		}
		for k := range rows {
			slices.Sort(runs[k])
			g.P50[k] = runs[k][len(runs[k])/2]
		}
		all = append(all, g)
	}
	return all
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05")+"  "+format+"\n", args...)
}

func machine() string {
	model := "processor of unknown kind"
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, found := strings.Cut(string(raw), "model name\t: "); found {
			model, _, _ = strings.Cut(rest, "\n")
		}
	}
	return fmt.Sprintf("%d cores of %s, %s, %s", runtime.NumCPU(), model, runtime.GOOS, runtime.Version())
}

func setting(t testing.TB, name string, otherwise int) int {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	require.NoError(t, err, "%s must be a whole number", name)
	return n
}

// bed is a shop with a history, and its customers.
type bed struct {
	t       testing.TB
	engine  string
	rows    int
	shop    *shop.Shop
	cluster *dbtest.Cluster // nil on SQLite
	db      *sql.DB         // of the cluster; nil on SQLite
	client  *client
	tokens  []string
	placed  chan placed
	front   *balancer // in front of several instances; nil = none
}

// placed is an order to cancel.
type placed struct {
	id    int64
	token string
}

func newBed(t testing.TB, engine string, rows int) *bed {
	t.Helper()
	b := &bed{t: t, engine: engine, rows: rows, placed: make(chan placed, 1<<20)}
	options := shop.Options{Unchecked: true, Quiet: true,
		Env: map[string]string{"LOG_LEVEL": "warn", "ACCESS_TOKEN_EXPIRE_MINUTES": "60"}}
	if engine == "postgres" {
		b.cluster = dbtest.StartCluster(t, "shared_preload_libraries=pg_stat_statements", "shared_buffers=512MB", "max_wal_size=4GB",
			"pg_stat_statements.track_utility=on", "logging_collector=on", "log_rotation_size=0", "log_min_messages=log",
			"log_line_prefix=%d:")
		options.Cluster = b.cluster
		var err error
		b.db, err = sql.Open("pgx", b.cluster.URL())
		require.NoError(t, err)
		t.Cleanup(func() { _ = b.db.Close() })
		_, err = b.db.ExecContext(t.Context(), "CREATE EXTENSION pg_stat_statements")
		require.NoError(t, err)
	}
	b.shop = shop.New(t, options)
	b.shop.History(rows)
	for range customers {
		b.tokens = append(b.tokens, b.shop.Customer())
	}
	b.shop.Admin() // from here on many ask for it at once
	b.client = newClient(b.shop.URL)
	if b.cluster != nil {
		b.leastSchema()
	}
	return b
}

// close ends the services: what is measured next has the machine to itself.
func (b *bed) close() {
	for _, service := range launcher.Names() {
		b.shop.Stop(service)
	}
	if b.cluster != nil {
		require.NoError(b.t, b.cluster.Stop())
	}
}

// services starts each service anew, and says what it weighs.
func (b *bed) services() (all []load.Service) {
	const mib = 1 << 20
	for _, name := range launcher.Names() {
		b.shop.Stop(name)
		start := time.Now()
		b.shop.Start(name)
		s := load.Service{Name: name, Start: float64(time.Since(start).Microseconds()) / 1000}
		file, err := os.Stat(shop.Binary(b.t, name))
		require.NoError(b.t, err)
		s.Binary = float64(file.Size()) / mib
		all = append(all, s)
	}
	time.Sleep(5 * time.Second) // what a start needs is given back
	for i := range all {
		all[i].Idle = figures(b.t, b.shop.URL(all[i].Name)).memory / mib
	}
	return all
}

func (b *bed) loaded(services []load.Service) {
	for i := range services {
		services[i].Loaded = figures(b.t, b.shop.URL(services[i].Name)).memory / (1 << 20)
	}
}

// counters are what has been used so far.
type counters struct {
	services, database       float64 // CPU seconds
	mallocs                  float64
	statements, commits, wal float64 // of PostgreSQL; WAL in bytes
}

func (b *bed) counters() (c counters) {
	for _, service := range launcher.Names() {
		f := figures(b.t, b.shop.URL(service))
		c.services += f.cpu
		c.mallocs += f.mallocs
	}
	if b.cluster == nil {
		return c
	}
	c.database = b.cluster.CPU().Seconds()
	row := b.db.QueryRowContext(b.t.Context(), `SELECT (SELECT sum(calls) FROM pg_stat_statements),
		(SELECT sum(xact_commit) FROM pg_stat_database WHERE datname IN ('auth', 'productos', 'inventario', 'pedidos')),
		pg_current_wal_lsn() - '0/0'::pg_lsn`)
	require.NoError(b.t, row.Scan(&c.statements, &c.commits, &c.wal))
	return c
}

// measure runs a work, and then the least of the same; false when there was nothing to do.
func (b *bed) measure(w work, d time.Duration) (load.Result, bool) {
	b.t.Helper()
	if !w.uses {
		closed(w.clients, d/5, w.ask) // warm
	}
	before, start := b.counters(), time.Now()
	all := closed(w.clients, d, w.ask)
	took, after := time.Since(start).Seconds(), b.counters()
	good := with(all, w.success)
	if w.uses && len(all) == 0 {
		return load.Result{}, false
	}
	require.Greater(b.t, len(good), len(all)*9/10, "%s: of %d answers these: %v", w.name, len(all), statuses(all))
	n := float64(len(good))
	r := load.Result{
		Engine: b.engine, Work: w.name, Clients: w.clients, PerSecond: n / took,
		P50: percentile(good, 0.5).Seconds() * 1000, P99: percentile(good, 0.99).Seconds() * 1000,
		Services: 1000 * (after.services - before.services) / n, Database: 1000 * (after.database - before.database) / n,
		Mallocs: (after.mallocs - before.mallocs) / n, Statements: (after.statements - before.statements) / n,
		Commits: (after.commits - before.commits) / n, WAL: (after.wal - before.wal) / n,
	}
	if w.own != nil {
		if own := w.own(w.clients, d); own > 0 {
			r.ToOwn = r.PerSecond / own
		}
	}
	if w.least != nil {
		r.ToLeast = r.PerSecond / w.least(w.clients, d)
	}
	return r, true
}

// script is the least that PostgreSQL would have to do, by pgbench; SQLite has none.
func (b *bed) script(name string) func(int, time.Duration) float64 {
	if b.cluster == nil {
		return nil
	}
	return func(clients int, d time.Duration) float64 { return b.pgbench(name, clients, d) }
}
