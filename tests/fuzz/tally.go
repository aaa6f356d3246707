package fuzz

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/terminal"
)

// Tally counts answers by operation and class of status; 0 is no answer.
type Tally struct {
	rows map[string]*[6]int
}

func newTally() *Tally { return &Tally{rows: map[string]*[6]int{}} }

func (t *Tally) count(o openapi.Operation, status int) {
	name := fmt.Sprintf("%-10s %s", o.Service, o)
	if t.rows[name] == nil {
		t.rows[name] = new([6]int)
	}
	t.rows[name][min(status/100, 5)]++
}

// Add is the sum of two runs.
func (t *Tally) Add(other *Tally) {
	for name, row := range other.rows {
		if t.rows[name] == nil {
			t.rows[name] = new([6]int)
		}
		for i, n := range row {
			t.rows[name][i] += n
		}
	}
}

// Table has a line for each operation.
func (t *Tally) Table(out *terminal.Terminal) string {
	var b strings.Builder
	classes := []int{2, 3, 4, 5, 0}
	fmt.Fprintf(&b, "\n%s\n", out.Paint(terminal.Bold,
		fmt.Sprintf("%-52s%9s%9s%9s%9s%9s%9s", "", "all", "2xx", "3xx", "4xx", "5xx", "closed")))
	var sum [6]int
	line := func(name string, row [6]int) {
		all := 0
		for _, n := range row {
			all += n
		}
		fmt.Fprintf(&b, "%-52s%9d", name, all)
		for _, class := range classes {
			fmt.Fprintf(&b, "%9d", row[class])
		}
		b.WriteByte('\n')
	}
	for _, name := range slices.Sorted(maps.Keys(t.rows)) {
		for i, n := range t.rows[name] {
			sum[i] += n
		}
		line(name, *t.rows[name])
	}
	line("all", sum)
	return b.String()
}
