//go:build long

package mutants_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/chaos"
)

// mutant is one defect of the shop.
type mutant struct {
	services []string // that are built with the defect
	edits    []edit
	engine   string
	weather  chaos.Weather // that makes the defect visible
	red      []string      // one of these checks must fail
}

// TestMutants: a run of the chaos suite against each mutant goes red within its bound, and for the right reason.
func TestMutants(t *testing.T) {
	t.Parallel()
	const runs, storm = 6, 12 * time.Second
	for name, m := range mutants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			binary := compile(t, m.services, m.edits)
			start := time.Now()
			for seed := range uint64(runs) {
				result := chaos.Run(t, chaos.Options{Seed: seed + 1, Engine: m.engine, Weather: &m.weather, Storm: storm,
					Calm:   2 * time.Second,
					Binary: binary, UntilRed: true})
				if len(result.Violations) == 0 {
					continue
				}
				v := result.Violations[0]
				require.True(t, slices.Contains(m.red, v.Check), "red, but not for the reason expected: %s: %s", v.Check, v.What)
				t.Logf("red in run %d, after %.0f s: %s: %.300s", seed+1, time.Since(start).Seconds(), v.Check,
					strings.ReplaceAll(v.What, "\n", " "))
				return
			}
			t.Errorf("%d runs stayed green: the chaos suite does not see this", runs)
		})
	}
}
