package chaos

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/tienda-go/tienda/tests/terminal"
)

// Totals add up the runs of each database for the final table.
type Totals struct {
	byEngine map[string]*Counts
	runs     map[string]int
	seeds    []uint64
}

// Add counts a run.
func (t *Totals) Add(r Result) {
	if t.byEngine == nil {
		t.byEngine, t.runs = map[string]*Counts{}, map[string]int{}
	}
	sum := t.byEngine[r.Plan.Engine]
	if sum == nil {
		sum = &Counts{Faults: map[Kind]int{}}
		t.byEngine[r.Plan.Engine] = sum
	}
	t.runs[r.Plan.Engine]++
	sum.add(r.Counts)
	if len(t.seeds) == 0 || t.seeds[len(t.seeds)-1] != r.Plan.Seed {
		t.seeds = append(t.seeds, r.Plan.Seed)
	}
}

func (c *Counts) add(o Counts) {
	for _, pair := range []struct {
		sum *int
		n   int
	}{
		{&c.Operations, o.Operations}, {&c.Acknowledged, o.Acknowledged}, {&c.Refused, o.Refused}, {&c.Unavailable, o.Unavailable},
		{&c.Unanswered, o.Unanswered}, {&c.Reads, o.Reads}, {&c.Verifications, o.Verifications}, {&c.Replays, o.Replays},
		{&c.Orders, o.Orders}, {&c.Violations, o.Violations},
	} {
		*pair.sum += pair.n
	}
	for kind, n := range o.Faults {
		c.Faults[kind] += n
	}
}

func (c Counts) faults() (n int) {
	for _, of := range c.Faults {
		n += of
	}
	return n
}

// Kills are how many processes were killed, PostgreSQL included.
func (t *Totals) Kills() (n int) {
	for _, c := range t.byEngine {
		n += c.Faults[Kill]
	}
	return n
}

// Table is the final table.
func (t *Totals) Table(out *terminal.Terminal, took time.Duration) string {
	var b strings.Builder
	engines := []string{Postgres, SQLite}
	fmt.Fprintf(&b, "\n%s\n", out.Paint(terminal.Bold, fmt.Sprintf("%-34s%12s%12s%12s", "", "postgres", "sqlite", "all")))
	line := func(name string, of func(Counts) int) {
		total := 0
		fmt.Fprintf(&b, "%-34s", name)
		for _, e := range engines {
			n := 0
			if c := t.byEngine[e]; c != nil {
				n = of(*c)
			}
			total += n
			fmt.Fprintf(&b, "%12d", n)
		}
		text := fmt.Sprintf("%12d", total)
		if name == "violations" && total > 0 {
			text = out.Paint(terminal.Red, text)
		} else if name == "violations" {
			text = out.Paint(terminal.Green, text)
		}
		fmt.Fprintf(&b, "%s\n", text)
	}
	fmt.Fprintf(&b, "%-34s%12d%12d%12d\n", "runs", t.runs[Postgres], t.runs[SQLite], t.runs[Postgres]+t.runs[SQLite])
	line("operations", func(c Counts) int { return c.Operations })
	line("  acknowledged", func(c Counts) int { return c.Acknowledged })
	line("  refused (409)", func(c Counts) int { return c.Refused })
	line("  unavailable (503, key in flight)", func(c Counts) int { return c.Unavailable })
	line("  without answer", func(c Counts) int { return c.Unanswered })
	line("orders", func(c Counts) int { return c.Orders })
	line("keys replayed, byte by byte", func(c Counts) int { return c.Replays })
	line("reads of all stock", func(c Counts) int { return c.Reads })
	line("ledger replayed", func(c Counts) int { return c.Verifications })
	line("faults", Counts.faults)
	for _, kind := range Kinds() {
		line("  "+string(kind), func(c Counts) int { return c.Faults[kind] })
	}
	line("violations", func(c Counts) int { return c.Violations })
	fmt.Fprintf(&b, "\nseeds %s, %.0f s\n", t.span(), took.Seconds())
	return b.String()
}

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
	c := r.counts
	c.Faults = maps.Clone(c.Faults)
	return c
}
