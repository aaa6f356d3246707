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
type Tally map[string][6]int

func (t Tally) count(o openapi.Operation, status int) {
	var one [6]int
	one[min(status/100, 5)] = 1
	t.Add(Tally{fmt.Sprintf("%-10s %s", o.Service, o): one})
}

// Add adds the answers of another run.
func (t Tally) Add(other Tally) {
	for name, row := range other {
		sum := t[name]
		for i, n := range row {
			sum[i] += n
		}
		t[name] = sum
	}
}

// Table has a line for each operation, and one for all.
func (t Tally) Table(out *terminal.Terminal) string {
	var b strings.Builder
	classes := []int{2, 3, 4, 5, 0}
	fmt.Fprintf(&b, "\n%s\n", out.Paint(terminal.Bold,
		fmt.Sprintf("%-52s%9s%9s%9s%9s%9s%9s", "", "all", "2xx", "3xx", "4xx", "5xx", "closed")))
	all := Tally{}
	for _, row := range t {
		all.Add(Tally{"all": row})
	}
	for _, name := range append(slices.Sorted(maps.Keys(t)), "all") {
		row, sum := t[name], 0
		if name == "all" {
			row = all[name]
		}
		for _, n := range row {
			sum += n
		}
		fmt.Fprintf(&b, "%-52s%9d", name, sum)
		for _, class := range classes {
			fmt.Fprintf(&b, "%9d", row[class])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
