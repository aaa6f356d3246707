package chaos

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/tienda-go/tienda/tests/terminal"
)

// The lines of the final table, beside those of each kind of fault.
const (
	runs          = "runs"
	operations    = "operations"
	acknowledged  = "  acknowledged"
	refused       = "  refused (409)"
	unavailable   = "  unavailable (503, key in flight)"
	unanswered    = "  without answer"
	ordersMade    = "orders"
	replays       = "keys replayed, byte by byte"
	reads         = "reads of all stock"
	verifications = "ledger replayed"
	faults        = "faults"
	violations    = "violations"
)

// Counts are the numbers of the final table, by line.
type Counts map[string]int

// Totals add up the runs of each database for the final table.
type Totals struct {
	byEngine map[string]Counts
	seeds    []uint64
}

// Add counts a run.
func (t *Totals) Add(r Result) {
	if t.byEngine == nil {
		t.byEngine = map[string]Counts{Postgres: {}, SQLite: {}}
	}
	sum := t.byEngine[r.Plan.Engine]
	sum[runs]++
	for name, n := range r.Counts {
		sum[name] += n
	}
	if len(t.seeds) == 0 || t.seeds[len(t.seeds)-1] != r.Plan.Seed {
		t.seeds = append(t.seeds, r.Plan.Seed)
	}
}

// Table is the final table.
func (t *Totals) Table(out *terminal.Terminal, took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", out.Paint(terminal.Bold, fmt.Sprintf("%-34s%12s%12s%12s", "", "postgres", "sqlite", "all")))
	lines := []string{runs, operations, acknowledged, refused, unavailable, unanswered, ordersMade, replays, reads, verifications,
		faults}
	for _, kind := range Kinds() {
		lines = append(lines, kind.line())
	}
	for _, name := range append(lines, violations) {
		postgres, sqlite := t.byEngine[Postgres][name], t.byEngine[SQLite][name]
		all := fmt.Sprintf("%12d", postgres+sqlite)
		if name == violations {
			all = out.Paint(map[bool]terminal.Style{true: terminal.Green, false: terminal.Red}[postgres+sqlite == 0], all)
		}
		fmt.Fprintf(&b, "%-34s%12d%12d%s\n", name, postgres, sqlite, all)
	}
	fmt.Fprintf(&b, "\nseeds %s, %.0f s\n", t.span(), took.Seconds())
	return b.String()
}

func (k Kind) line() string { return "  " + string(k) }

func (t *Totals) span() string {
	if len(t.seeds) < 2 {
		return strings.Trim(fmt.Sprint(t.seeds), "[]")
	}
	return fmt.Sprintf("%d to %d", t.seeds[0], t.seeds[len(t.seeds)-1])
}

// Counts are the numbers so far.
func (r *Record) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}
