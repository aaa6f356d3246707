package fuzz

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/matrix"
	"github.com/tienda-go/tienda/tests/shop"
)

// made is what was created, as the answers said.
type made struct {
	products, stock, orders map[int64]bool
}

// end checks the state of the shop after all requests.
func (f *fuzzer) end() (all findings) {
	f.cast.Renew(f.t)
	admin := f.cast.Named("admin")
	same := func(path string, got, want map[int64]bool) {
		if !maps.Equal(got, want) {
			all.add("list", "%s has %d, and %d were made; not made: %v; not there: %v", path, len(got), len(want),
				without(got, want), without(want, got))
		}
	}
	orders := f.walk("pedidos", "/pedidos", "id", admin, &all)
	same("/pedidos", orders, f.made.orders)
	stock := f.walk("inventario", "/inventario", "producto_id", admin, &all)
	same("/inventario", stock, f.made.stock)
	for id := range f.walk("productos", "/productos", "id", admin, &all) {
		if !f.made.products[id] {
			all.add("list", "/productos has %d, and no request made it", id)
		}
	}
	f.walk("auth", "/usuarios", "id", admin, &all)
	f.walk("pedidos", "/pedidos", "id", f.cast.Named("cliente A"), &all)
	for _, id := range slices.Sorted(maps.Keys(stock))[:min(8, len(stock))] {
		f.walk("inventario", fmt.Sprintf("/inventario/%d/movimientos", id), "id", admin, &all)
	}
	audit := f.read(subject{"inventario", "/inventario/verificacion", admin})
	if audit.Status != http.StatusOK || !strings.Contains(string(audit.Body), `"discrepancias":[]`) {
		all.add("ledger", "%d %s", audit.Status, audit.Body)
	}
	for _, service := range launcher.Names() {
		f.health(service, &all)
		f.logs(service, &all)
	}
	return all
}

// walk reads a list to its end; every page is as documented, and nothing comes twice.
func (f *fuzzer) walk(service, path, id string, as matrix.Caller, all *findings) map[int64]bool {
	seen := map[int64]bool{}
	next := path + "?limite=200"
	for pages := 0; next != ""; pages++ {
		r := f.read(subject{service, next, as})
		o, found, _ := f.contract.Find(service, http.MethodGet, path)
		if wrong := f.contract.Answer(o, r.Status, r.Header, r.Body); !found || r.Status != http.StatusOK || wrong != "" {
			all.add("list", "%s: %d %s %s", next, r.Status, wrong, shortened(string(r.Body), 300))
			return seen
		}
		var rows []map[string]any
		if err := json.Unmarshal(r.Body, &rows); err != nil || len(rows) > 200 || pages > 10_000 {
			all.add("list", "%s: page %d of %d rows: %v", next, pages, len(rows), err)
			return seen
		}
		for _, row := range rows {
			number, _ := row[id].(float64)
			if seen[int64(number)] {
				all.add("list", "%s has %v twice", path, row[id])
			}
			seen[int64(number)] = true
		}
		next = shop.Answer{Header: r.Header}.Next(next)
	}
	return seen
}

// without are the first of the ids of a that b does not have.
func without(a, b map[int64]bool) []int64 {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(a)), func(id int64) bool { return b[id] })
	return ids[:min(10, len(ids))]
}

var (
	resident   = regexp.MustCompile(`(?m)^process_resident_memory_bytes (\S+)$`)
	goroutines = regexp.MustCompile(`(?m)^go_goroutines (\S+)$`)
	jwt        = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{16,}\.eyJ`)
)

// The most that a service may be left with.
const (
	maxResident   = 400 << 20
	maxGoroutines = 500
)

// health: the service is up, and its memory has not grown too much.
func (f *fuzzer) health(service string, all *findings) {
	if r := f.read(subject{service, "/health/ready", f.cast.Named("nadie")}); r.Status != http.StatusOK {
		all.add("health", "%s: %d %s", service, r.Status, r.Body)
	}
	metrics := string(f.read(subject{service, "/metrics", f.cast.Named("nadie")}).Body)
	for name, limit := range map[*regexp.Regexp]float64{resident: maxResident, goroutines: maxGoroutines} {
		var value float64
		m := name.FindStringSubmatch(metrics)
		if m == nil {
			all.add("health", "%s has no %s", service, name)
			continue
		}
		if _, err := fmt.Sscan(m[1], &value); err != nil || value > limit {
			all.add("health", "%s: %s", service, m[0])
		}
	}
	if series := strings.Count(metrics, "http_requests_total{"); series > 400 {
		all.add("health", "%s: %d series: clients make metrics", service, series)
	}
}

// logs: every line is one JSON object, and none has a secret.
func (f *fuzzer) logs(service string, all *findings) {
	canaries := []string{secretMark, shop.AdminPassword}
	for _, secret := range matrix.Secrets() {
		canaries = append(canaries, secret)
	}
	for _, c := range f.cast.All {
		if c.Password != "" {
			canaries = append(canaries, c.Password)
		}
	}
	canaries = append(canaries, f.pool.refresh...)
	n := 0
	for line := range strings.Lines(f.shop.Output(service)) {
		n++
		if !json.Valid([]byte(line)) || line[0] != '{' {
			all.add("log", "%s: no JSON object: %s", service, shortened(line, 300))
			return
		}
		if jwt.MatchString(line) {
			all.add("log", "%s: a token: %s", service, shortened(line, 600))
			return
		}
		for _, canary := range canaries {
			if strings.Contains(line, canary) {
				all.add("log", "%s: %q in %s", service, canary, shortened(line, 600))
				return
			}
		}
	}
	if n < 10 {
		all.add("log", "%s has written only %d lines", service, n)
	}
}
