package load_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// The size of the shop that is measured.
const (
	products  = 10_000
	units     = 1_000_000_000 // of each: nothing sells out
	customers = 64
)

// BenchmarkShop measures the shop beside what its database can do at the least, in one run, and prints a table. make bench runs it;
// BENCH_SECONDS is how long each measurement takes, BENCH_ROUNDS how often each is made, BENCH_CLIENTS how many ask at once.
func BenchmarkShop(t *testing.B) {
	duration := time.Duration(setting(t, "BENCH_SECONDS", 5)) * time.Second
	rounds, clients := setting(t, "BENCH_ROUNDS", 3), setting(t, "BENCH_CLIENTS", 16)

	var results []result
	for _, engine := range []string{"postgres", "sqlite"} {
		b := newBed(t, engine)
		works := b.works()
		for round := range rounds {
			for i := range works {
				w := &works[i]
				fmt.Fprintf(os.Stderr, "%s  %-8s %d/%d  %s\n", time.Now().Format("15:04:05"), engine, round+1, rounds, w.name)
				w.add(b.measure(t, w, clients, duration))
			}
		}
		for i := range works {
			results = append(results, works[i].result(engine))
		}
	}
	show(os.Stdout, results)
	if path := os.Getenv("BENCH_JSON"); path != "" {
		raw, err := json.MarshalIndent(results, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, raw, 0o644))
	}
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

// bed is a shop that is full of goods, and its customers.
type bed struct {
	t       testing.TB
	shop    *shop.Shop
	cluster *dbtest.Cluster // nil on SQLite
	db      *sql.DB         // of the cluster; nil on SQLite
	client  *client
	tokens  []string
	placed  chan int64 // orders to cancel
	keys    atomic.Int64
}

func newBed(t testing.TB, engine string) *bed {
	t.Helper()
	b := &bed{t: t, placed: make(chan int64, 1<<20)}
	options := shop.Options{Unchecked: true, Quiet: true, Env: map[string]string{"LOG_LEVEL": "warn"}}
	if engine == "postgres" {
		b.cluster = dbtest.StartCluster(t, "shared_preload_libraries=pg_stat_statements", "shared_buffers=512MB", "max_wal_size=4GB",
			"pg_stat_statements.track_utility=on")
		options.Cluster = b.cluster
		var err error
		b.db, err = sql.Open("pgx", b.cluster.URL())
		require.NoError(t, err)
		t.Cleanup(func() { _ = b.db.Close() })
		_, err = b.db.ExecContext(t.Context(), "CREATE EXTENSION pg_stat_statements")
		require.NoError(t, err)
	}
	b.shop = shop.New(t, options)
	b.fill()
	for range customers {
		b.tokens = append(b.tokens, b.shop.Customer())
	}
	b.client = newClient(b.shop)
	if b.cluster != nil {
		b.leastSchema()
	}
	return b
}

// fill puts the goods into the databases of productos and inventario.
func (b *bed) fill() {
	b.t.Helper()
	b.shop.Product(1_000_000) // by the API: what a row of it looks like
	for _, copy := range []struct{ service, statement string }{
		{"productos", `INSERT INTO productos SELECT %s FROM productos p, numeros n WHERE p.id = 1`},
		{"inventario", `INSERT INTO existencias SELECT %s FROM existencias e, numeros n WHERE e.producto_id = 1`},
	} {
		db := b.open(copy.service)
		table := map[string]string{"productos": "productos", "inventario": "existencias"}[copy.service]
		rows, err := db.QueryContext(b.t.Context(), "SELECT * FROM "+table+" WHERE 1 = 0")
		require.NoError(b.t, err)
		columns, err := rows.Columns()
		require.NoError(b.t, err)
		require.NoError(b.t, rows.Close())
		for i, c := range columns {
			switch {
			case c == "id", c == "producto_id":
				columns[i] = "n.n"
			case c == "fisico":
				columns[i] = strconv.Itoa(units)
			case strings.HasPrefix(c, "nombre"), strings.HasPrefix(c, "sku"):
				columns[i] = c + " || ' ' || n.n"
			}
		}
		numbers := fmt.Sprintf("WITH RECURSIVE numeros(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numeros WHERE n < %d) ", products)
		_, err = db.ExecContext(b.t.Context(), numbers+fmt.Sprintf(copy.statement, strings.Join(columns, ", ")))
		require.NoError(b.t, err)
		if b.cluster != nil {
			_, err = db.ExecContext(b.t.Context(), "VACUUM ANALYZE "+table)
			require.NoError(b.t, err)
		}
		require.NoError(b.t, db.Close())
	}
}

func (b *bed) open(service string) *sql.DB {
	b.t.Helper()
	driver, source := "sqlite", "file:"+filepath.Join(b.shop.Dir(), service+".db")+"?_pragma=busy_timeout(10000)"
	if b.cluster != nil {
		driver, source = "pgx", strings.Replace(b.cluster.URL(), "/postgres?", "/"+service+"?", 1)
	}
	db, err := sql.Open(driver, source)
	require.NoError(b.t, err)
	return db
}

// work is something to measure.
type work struct {
	name     string
	least    string // the pgbench script that does the least for the same; "" = none
	ask      func(client int) int
	success  int
	measured []measurement
}

func (b *bed) works() []work {
	any := func() int64 { return rand.Int64N(products) + 1 }
	token := func(client int) string { return b.tokens[client%customers] }
	order := func(client int, product func() int64, lines int, key bool) int {
		var body strings.Builder
		body.WriteString(`{"lineas":[`)
		for i := range lines {
			if i > 0 {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, `{"producto_id":%d,"cantidad":1}`, product())
		}
		body.WriteString(`]}`)
		headers := []string{}
		if key {
			headers = append(headers, "Idempotency-Key", fmt.Sprintf("k-%d", b.keys.Add(1)))
		}
		status, answer := b.client.do("pedidos", "POST", "/pedidos", token(client), body.String(), headers...)
		if status == http.StatusCreated && lines == 1 && !key && client == 0 {
			select {
			case b.placed <- int64(client)<<48 | idOf(answer):
			default:
			}
		}
		return status
	}
	return []work{
		{name: "a product by id", least: "producto", success: 200, ask: func(int) int {
			status, _ := b.client.do("productos", "GET", fmt.Sprintf("/productos/%d", any()), "", "")
			return status
		}},
		{name: "a list of 100", least: "lista", success: 200, ask: func(int) int {
			status, _ := b.client.do("productos", "GET", "/productos", "", "")
			return status
		}},
		{name: "who am I (token)", success: 200, ask: func(client int) int {
			status, _ := b.client.do("pedidos", "GET", "/pedidos?limite=1", token(client), "")
			return status
		}},
		{name: "an order", least: "pedido", success: 201, ask: func(client int) int { return order(client, any, 1, false) }},
		{name: "an order with a key", least: "pedido", success: 201, ask: func(client int) int { return order(client, any, 1, true) }},
		{name: "an order of 5 lines", success: 201, ask: func(client int) int { return order(client, any, 5, false) }},
		{name: "all on one product", least: "pedido", success: 201, ask: func(client int) int {
			return order(client, func() int64 { return 7 }, 1, true)
		}},
		{name: "a login", success: 200, ask: func(int) int {
			status, _ := b.client.do("auth", "POST", "/login", "", `{"username":"`+shop.AdminUsername+`","password":"`+shop.AdminPassword+`"}`)
			return status
		}},
	}
}

func idOf(answer []byte) int64 {
	var order struct {
		ID int64 `json:"id"`
	}
	_ = json.Unmarshal(answer, &order)
	return order.ID
}

// measure runs a work, and then the least that its database would have to do.
func (b *bed) measure(t testing.TB, w *work, clients int, d time.Duration) measurement {
	t.Helper()
	next := atomic.Int64{}
	ask := func() int { return w.ask(int(next.Add(1))) }
	closed(clients, d/5, ask) // warm
	before := b.counters()
	start := time.Now()
	all := closed(clients, d, ask)
	took := time.Since(start)
	m := b.counters().since(before)
	good := with(all, w.success)
	require.Greater(t, len(good), len(all)*9/10, "%s: %d of %d were %d", w.name, len(good), len(all), w.success)
	m.operations, m.seconds = float64(len(good)), took.Seconds()
	m.p50, m.p99 = percentile(good, 0.5).Seconds()*1000, percentile(good, 0.99).Seconds()*1000
	if w.least != "" && b.cluster != nil {
		m.least = b.pgbench(w.least, clients, d)
	}
	return m
}

// counters are what has been used so far.
func (b *bed) counters() (m measurement) {
	for _, service := range launcher.Names() {
		cpu, mallocs := figures(b.t, b.shop.URL(service))
		m.services += cpu
		m.mallocs += mallocs
	}
	if b.cluster == nil {
		return m
	}
	m.database = b.cluster.CPU().Seconds()
	row := b.db.QueryRowContext(context.Background(), `SELECT (SELECT sum(calls) FROM pg_stat_statements),
		(SELECT sum(xact_commit) FROM pg_stat_database WHERE datname IN ('auth', 'productos', 'inventario', 'pedidos')),
		pg_current_wal_lsn() - '0/0'::pg_lsn`)
	require.NoError(b.t, row.Scan(&m.statements, &m.commits, &m.wal))
	return m
}
