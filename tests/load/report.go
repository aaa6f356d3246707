// Package load measures the running shop under load. What counts are the ratios that one run measures side by side; the absolute
// figures are those of the machine.
package load

import (
	"fmt"
	"io"
	"strings"
)

// Report is what one run of make bench has measured.
type Report struct {
	Machine  string    `json:"machine"`
	Seconds  int       `json:"seconds"` // of each measurement
	Rounds   int       `json:"rounds"`  // the median of them counts
	Works    []Result  `json:"works"`
	Growth   []Growth  `json:"growth"`
	Services []Service `json:"services"`
}

// Result is the median run of a work. What is not measured is 0.
type Result struct {
	Engine     string  `json:"engine"`
	Work       string  `json:"work"`
	Clients    int     `json:"clients"`
	PerSecond  float64 `json:"per_second"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Services   float64 `json:"services_cpu_ms"` // of each operation, as all that follows
	Database   float64 `json:"database_cpu_ms"`
	Mallocs    float64 `json:"allocations"`
	Statements float64 `json:"round_trips"` // statements: each is a round trip
	Commits    float64 `json:"commits"`
	WAL        float64 `json:"wal_bytes"`
	ToLeast    float64 `json:"ratio_to_least"`
	ToOwn      float64 `json:"ratio_to_own_statements"`
}

// Growth is how fast the same work is on histories of different length, which are measured by turns.
type Growth struct {
	Work string    `json:"work"`
	Rows []int     `json:"rows"`
	P50  []float64 `json:"p50_ms"`
}

// Ratio is how many times as long the longest history takes as the shortest.
func (g Growth) Ratio() float64 { return g.P50[len(g.P50)-1] / g.P50[0] }

// Service is a process: what it weighs.
type Service struct {
	Name   string  `json:"name"`
	Start  float64 `json:"start_ms"`   // until it is ready
	Idle   float64 `json:"idle_mib"`   // resident memory, before any load
	Loaded float64 `json:"loaded_mib"` // and after all of it
	Binary float64 `json:"binary_mib"`
}

// The works whose ratio says what a flash sale costs.
const (
	Hot    = "all on one product"
	Spread = "an order with a key"
)

func (r Report) find(engine, work string, clients int) (found Result) {
	for _, w := range r.Works {
		if w.Engine == engine && w.Work == work && w.Clients == clients {
			found = w
		}
	}
	return found
}

// Markdown writes the report as docs/performance.md has it.
func (r Report) Markdown(out io.Writer) {
	fmt.Fprintf(out, "%s; %d s a measurement, the median of %d rounds.\n\n", r.Machine, r.Seconds, r.Rounds)
	table(out, "|work|clients|/s|p50 ms|p99 ms|services ms|database ms|allocations|round trips|commits|WAL bytes|to the least|to "+
		"our statements|SQLite /s|p99 ms|")
	for _, w := range r.Works {
		if w.Engine != "postgres" {
			continue
		}
		lite := r.find("sqlite", w.Work, w.Clients)
		fmt.Fprintf(out, "| %s | %d | %.0f | %.1f | %.1f | %.2f | %.2f | %.0f | %.1f | %.1f | %.0f | %s | %s | %.0f | %.1f |\n", w.Work,
			w.Clients, w.PerSecond,
			w.P50, w.P99, w.Services, w.Database, w.Mallocs, w.Statements, w.Commits, w.WAL, or(w.ToLeast, "%.2f"), or(w.ToOwn, "%.2f"),
			lite.PerSecond, lite.P99)
	}
	fmt.Fprintln(out)
	for _, clients := range []int{16, 64} {
		hot, spread := r.find("postgres", Hot, clients), r.find("postgres", Spread, clients)
		if spread.PerSecond > 0 {
			fmt.Fprintf(out, "Orders that are all for one product reach %.2f of orders for all products with %d clients.\n",
				hot.PerSecond/spread.PerSecond, clients)
		}
	}
	if len(r.Growth) > 0 {
		fmt.Fprintln(out)
		head := "|p50 ms with so many products, orders, users and ledger rows|"
		for _, rows := range r.Growth[0].Rows {
			head += fmt.Sprintf("%d|", rows)
		}
		table(out, head+"times|")
		for _, g := range r.Growth {
			fmt.Fprintf(out, "| %s |", g.Work)
			for _, p50 := range g.P50 {
				fmt.Fprintf(out, " %.2f |", p50)
			}
			fmt.Fprintf(out, " %.2f |\n", g.Ratio())
		}
	}
	fmt.Fprintln(out)
	table(out, "|service|start ms|idle MiB|after load MiB|binary MiB|")
	for _, s := range r.Services {
		fmt.Fprintf(out, "| %s | %.0f | %.0f | %.0f | %.0f |\n", s.Name, s.Start, s.Idle, s.Loaded, s.Binary)
	}
}

func table(out io.Writer, head string) {
	columns := strings.Count(head, "|") - 1
	fmt.Fprintf(out, "%s\n|---|%s\n", strings.TrimSpace(strings.ReplaceAll(head, "|", " | ")), strings.Repeat("---:|", columns-1))
}

func or(value float64, format string) string {
	if value == 0 {
		return "–"
	}
	return fmt.Sprintf(format, value)
}

// noise is by how much two runs of the same program differ here.
const noise = 0.10

// Compare says of each work, on a line, what became of it from before to after.
func Compare(out io.Writer, before, after Report) {
	old := map[string]Result{}
	for _, w := range before.Works {
		old[fmt.Sprint(w.Engine, w.Work, w.Clients)] = w
	}
	for _, w := range after.Works {
		name := fmt.Sprintf("%-8s %s, %d clients", w.Engine, w.Work, w.Clients)
		o, known := old[fmt.Sprint(w.Engine, w.Work, w.Clients)]
		if !known {
			fmt.Fprintf(out, "%-60s %9.0f/s           new\n", name, w.PerSecond)
			continue
		}
		delete(old, fmt.Sprint(w.Engine, w.Work, w.Clients))
		ratio, verdict := w.PerSecond/o.PerSecond, "the same"
		// Two runs are two states of the machine; beside the least of the same run, that is out of the way.
		if o.ToLeast > 0 && w.ToLeast > 0 {
			ratio = w.ToLeast / o.ToLeast
		}
		switch {
		case ratio > 1+noise:
			verdict = "faster"
		case ratio < 1/(1+noise):
			verdict = "SLOWER"
		}
		fmt.Fprintf(out, "%-60s %9.0f/s %9.0f/s  %5.2f  %s\n", name, o.PerSecond, w.PerSecond, ratio, verdict)
	}
	for _, o := range before.Works {
		if _, gone := old[fmt.Sprint(o.Engine, o.Work, o.Clients)]; gone {
			fmt.Fprintf(out, "%-8s %s, %d clients: no longer measured\n", o.Engine, o.Work, o.Clients)
		}
	}
}
