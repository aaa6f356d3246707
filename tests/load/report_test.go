package load_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/tests/load"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	before := load.Report{Works: []load.Result{
		{Engine: "postgres", Work: "an order", Clients: 16, PerSecond: 100, ToLeast: 0.2},
		{Engine: "sqlite", Work: "an order", Clients: 16, PerSecond: 100},
		{Engine: "sqlite", Work: "a login", Clients: 16, PerSecond: 100},
		{Engine: "sqlite", Work: "a list", Clients: 16, PerSecond: 100},
	}}
	after := load.Report{Works: []load.Result{
		{Engine: "postgres", Work: "an order", Clients: 16, PerSecond: 60, ToLeast: 0.4}, // on a machine that was busier
		{Engine: "sqlite", Work: "an order", Clients: 16, PerSecond: 80},
		{Engine: "sqlite", Work: "a login", Clients: 16, PerSecond: 105},
		{Engine: "sqlite", Work: "a login", Clients: 64, PerSecond: 105},
	}}
	var out strings.Builder
	load.Compare(&out, before, after)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, verdict := range []string{"faster", "SLOWER", "the same", "new", "no longer measured"} {
		assert.True(t, strings.HasSuffix(lines[i], verdict), "%q is not %q", lines[i], verdict)
	}
}

func TestReport_Markdown(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	load.Report{
		Works: []load.Result{
			{Engine: "postgres", Work: load.Spread, Clients: 64, PerSecond: 200},
			{Engine: "postgres", Work: load.Hot, Clients: 64, PerSecond: 190},
			{Engine: "sqlite", Work: load.Hot, Clients: 64, PerSecond: 77},
		},
		Growth:   []load.Growth{{Work: "a product by id", Rows: []int{1000, 1_000_000}, P50: []float64{0.5, 0.6}}},
		Services: []load.Service{{Name: "auth", Start: 200, Idle: 20, Loaded: 30, Binary: 40}},
	}.Markdown(&out)
	columns := 0
	for _, line := range strings.Split(out.String(), "\n")[2:] {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		if columns == 0 {
			columns = strings.Count(line, "|")
		}
		assert.Equal(t, columns, strings.Count(line, "|"), line)
	}
	assert.Contains(t, out.String(), "reach 0.95 of orders for all products with 64 clients")
	assert.Contains(t, out.String(), "| 77 |")
	assert.Contains(t, out.String(), "| a product by id | 0.50 | 0.60 | 1.20 |")
}
