package chaos_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/terminal"

	"github.com/tienda-go/tienda/tests/chaos"
)

func number(t *testing.T, variable string, standard uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return standard
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, variable)
	return n
}

// TestChaos breaks the shop at random, on both databases, and checks every promise. CHAOS_SEED repeats a run, CHAOS_RUNS makes
// more of them, with the seeds that follow; CHAOS_SECONDS says how long each storm is.
func TestChaos(t *testing.T) {
	t.Parallel()
	fresh, runs := rand.Uint64()%1_000_000, number(t, "CHAOS_RUNS", 0)
	if runs == 0 { // among other tests: one run, always with the same storm, so that only a change of the code turns it red
		fresh, runs = 1, 1
	}
	seed := number(t, "CHAOS_SEED", fresh)
	storm := time.Duration(number(t, "CHAOS_SECONDS", 6)) * time.Second
	out := terminal.New(os.Stdout)
	board := chaos.NewBoard(out)
	start := time.Now()
	var mu sync.Mutex
	var totals chaos.Totals
	for n := range runs {
		board.Title("run %d of %d, seed %d", n+1, runs, seed+n)
		t.Run("seed_"+strconv.FormatUint(seed+n, 10), func(t *testing.T) {
			for _, engine := range []string{chaos.Postgres, chaos.SQLite} {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					result := chaos.Run(t, chaos.Options{Seed: seed + n, Engine: engine, Storm: storm, Calm: time.Second, Board: board})
					mu.Lock()
					defer mu.Unlock()
					totals.Add(result)
					for _, v := range result.Violations {
						t.Errorf("%s: %s", v.Check, v.What)
					}
					if len(result.Violations) > 0 {
						t.Errorf("the plan was: %s", result.Plan)
						t.Errorf("again: make chaos SEED=%d RUNS=1", seed+n)
					}
				})
			}
		})
	}
	board.Close()
	board.Line("%s", totals.Table(out, time.Since(start)))
}
