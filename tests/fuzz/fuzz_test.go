package fuzz_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/terminal"

	"github.com/tienda-go/tienda/tests/fuzz"
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

// TestFuzz checks every answer, on both databases. FUZZ_SEED repeats a run, FUZZ_N says how many requests it has; without it it
// is short.
func TestFuzz(t *testing.T) {
	t.Parallel()
	fresh, limit := rand.Uint64()%1_000_000, time.Duration(0)
	requests := number(t, "FUZZ_N", 0)
	if requests == 0 { // among other tests: short, and always the same, so that only a change of the code turns it red
		fresh, requests, limit = 1, 20_000, 12*time.Second
	}
	seed := number(t, "FUZZ_SEED", fresh)
	out, start := terminal.New(os.Stdout), time.Now()
	out.Printf("seed %d, %d requests\n", seed, requests)
	var done atomic.Int64
	stop := show(out, &done, requests, seed)
	var mu sync.Mutex
	total := fuzz.Tally{}
	t.Run("shop", func(t *testing.T) {
		for name, postgres := range map[string]bool{"postgres": true, "sqlite": false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				result := fuzz.Run(t, fuzz.Options{Seed: seed, Requests: int(requests / 2), Postgres: postgres, Limit: limit, Done: &done})
				mu.Lock()
				defer mu.Unlock()
				total.Add(result.Tally)
				for _, v := range result.Violations {
					t.Errorf("%s: %s (request %d, %d times)\n  %s\n  sent   %s\n  answer %s", v.Kind, v.What, v.Number, v.Times, v.Request,
						v.Sent, v.Answer)
				}
			})
		}
	})
	stop()
	out.Printf("%s", total.Table(out))
	out.Printf("\nseed %d, %d requests in %.0f s; again: make fuzz N=%d SEED=%d\n", seed, done.Load(), time.Since(start).Seconds(),
		requests, seed)
}

// show prints the progress: on a terminal in one line that changes, elsewhere in a line every few seconds.
func show(out *terminal.Terminal, done *atomic.Int64, all, seed uint64) (stop func()) {
	every := 5 * time.Second
	if out.Interactive() {
		every = 200 * time.Millisecond
	}
	over, start := make(chan struct{}), time.Now()
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-over:
				return
			case <-ticker.C:
				out.ClearLine()
				n := done.Load()
				out.Printf("%4.0f s  seed %d: %d of %d requests, %.0f a second", time.Since(start).Seconds(), seed, n, all,
					float64(n)/time.Since(start).Seconds())
				if !out.Interactive() {
					out.Printf("\n")
				}
			}
		}
	}()
	return func() {
		close(over)
		out.ClearLine()
	}
}
