package resilience_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/resilience"
)

var (
	errDown    = fault.ErrUnavailable.New("")
	errLimited = fault.ErrRateLimited.New("")
)

// inBubble runs test on a fake clock, which advances when all goroutines wait. The library's timers use it too.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Minute) // for the library's timers to end
		test(t)
	})
}

func always(err error) func(context.Context) error { return func(context.Context) error { return err } }

func hang(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// fail makes n attempts that fail.
func fail(t *testing.T, p *resilience.Policy, n int) {
	t.Helper()
	for range n {
		require.ErrorIs(t, p.Do(t.Context(), false, always(errDown)), errDown)
	}
}

func TestPolicy_repeats_only_what_is_safe_and_may_help(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		safe  bool
		calls int
	}{
		"down, safe":             {errDown, true, 3},
		"down, not safe":         {errDown, false, 1},
		"too many, safe":         {errLimited, true, 3},
		"too many, not safe":     {errLimited, false, 1},
		"a defect":               {fault.ErrInternal.New(""), true, 1},
		"an error without fault": {errors.New("boom"), true, 1},
		"a refusal":              {fault.ErrConflict.New(""), true, 1},
		"asked for too long":     {fault.ErrUnavailable.New("").After(3 * time.Second), true, 1},
		"success":                {nil, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				calls := 0
				err := resilience.New(resilience.Options{}).Do(t.Context(), c.safe, func(context.Context) error { calls++; return c.err })
				assert.Equal(t, c.err, err)
				assert.Equal(t, c.calls, calls)
			})
		})
	}
	t.Run("until it succeeds", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			calls := 0
			require.NoError(t, resilience.New(resilience.Options{}).Do(t.Context(), true, func(context.Context) error {
				if calls++; calls < 2 {
					return errDown
				}
				return nil
			}))
			assert.Equal(t, 2, calls)
		})
	})
}

func TestPolicy_waits_with_full_jitter(t *testing.T) {
	waits := func(t *testing.T, random float64, err error) []time.Duration {
		var slept []time.Duration
		p := resilience.New(resilience.Options{
			Attempts: 8, FailureThreshold: 100,
			Rand:  func() float64 { return random },
			Sleep: func(_ context.Context, d time.Duration) { slept = append(slept, d) },
		})
		for range 100 { // for the budget
			require.NoError(t, p.Do(t.Context(), true, always(nil)))
		}
		require.Error(t, p.Do(t.Context(), true, always(err)))
		return slept
	}
	ms := func(all ...time.Duration) []time.Duration {
		for i := range all {
			all[i] *= time.Millisecond
		}
		return all
	}
	t.Parallel()
	assert.Equal(t, ms(0, 0, 0, 0, 0, 0, 0), waits(t, 0, errDown))
	assert.Equal(t, ms(25, 50, 100, 200, 250, 250, 250), waits(t, 0.5, errDown))
	assert.Equal(t, ms(1025, 1050, 1100, 1200, 1250, 1250, 1250), waits(t, 0.5, fault.ErrRateLimited.New("").After(time.Second)),
		"no sooner than the peer asked for")
}

func TestPolicy_does_not_sleep_past_the_deadline(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := resilience.New(resilience.Options{BaseDelay: time.Second, Rand: func() float64 { return 0.5 }})
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		begin, calls := time.Now(), 0
		require.ErrorIs(t, p.Do(ctx, true, func(context.Context) error { calls++; return errDown }), errDown)
		assert.Equal(t, 1, calls)
		assert.Zero(t, time.Since(begin))
	})
}

func TestPolicy_ends_with_its_caller(t *testing.T) {
	t.Run("who left before", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err := resilience.New(resilience.Options{}).Do(ctx, true, func(context.Context) error { panic("called") })
			assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
			assert.ErrorIs(t, err, context.Canceled)
		})
	})
	t.Run("who leaves between two attempts", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{BaseDelay: time.Second, Rand: func() float64 { return 0.5 }})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			begin, calls := time.Now(), 0
			assert.Equal(t, errDown, p.Do(ctx, true, func(context.Context) error { calls++; return errDown }))
			assert.Equal(t, 1, calls)
			assert.Equal(t, 100*time.Millisecond, time.Since(begin))
		})
	})
}

// TestPolicy_hung_peer_leaves_room: how long each attempt at a peer that hangs takes, in ms.
func TestPolicy_hung_peer_leaves_room(t *testing.T) {
	for name, c := range map[string]struct {
		deadline time.Duration
		safe     bool
		took     []int64
	}{
		"plenty of time":              {10 * time.Second, true, []int64{3000, 3000, 3000}},
		"half of what is left":        {4 * time.Second, true, []int64{2000, 1000, 1000}},
		"all of it when not repeated": {2 * time.Second, false, []int64{2000}},
		"no deadline":                 {0, true, []int64{3000, 3000, 3000}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				ctx := t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				var took []int64
				p := resilience.New(resilience.Options{Rand: func() float64 { return 0 }})
				require.Error(t, p.Do(ctx, c.safe, func(ctx context.Context) error {
					begin := time.Now()
					err := hang(ctx)
					took = append(took, time.Since(begin).Milliseconds())
					return err
				}))
				assert.Equal(t, c.took, took)
			})
		})
	}
}

func TestPolicy_budget_caps_what_retries_add(t *testing.T) {
	t.Run("at once", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			attempts := load(t, 1000, 0)
			assert.Greater(t, attempts, 1050)
			assert.LessOrEqual(t, attempts, 1100)
		})
	})
	t.Run("over ten minutes", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			attempts := load(t, 60_000, 10*time.Millisecond)
			assert.Greater(t, attempts, 63_000)
			assert.LessOrEqual(t, attempts, 66_000)
		})
	})
	t.Run("a single customer may retry", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{})
			for range 100 {
				calls := 0
				require.NoError(t, p.Do(t.Context(), true, func(context.Context) error {
					if calls++; calls == 1 {
						return errDown
					}
					return nil
				}))
				time.Sleep(5 * time.Second)
			}
		})
	})
}

// load makes calls to a peer that refuses all of them, without opening the breaker, and returns how many calls reached the peer.
func load(t *testing.T, calls int, gap time.Duration) (attempts int) {
	p := resilience.New(resilience.Options{Sleep: func(context.Context, time.Duration) {}})
	for range calls {
		require.Error(t, p.Do(t.Context(), true, func(context.Context) error { attempts++; return errLimited }))
		time.Sleep(gap)
	}
	return attempts
}

func TestPolicy_bulkhead(t *testing.T) {
	t.Run("queues", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{Concurrency: 2})
			var now, most atomic.Int64
			begin := time.Now()
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					assert.NoError(t, p.Do(t.Context(), false, func(context.Context) error {
						most.Store(max(most.Load(), now.Add(1)))
						defer now.Add(-1)
						time.Sleep(100 * time.Millisecond)
						return nil
					}))
				})
			}
			all.Wait()
			assert.EqualValues(t, 2, most.Load())
			assert.Equal(t, 500*time.Millisecond, time.Since(begin))
		})
	})
	t.Run("ends with its caller", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{Concurrency: 1})
			go func() {
				_ = p.Do(t.Context(), false, func(context.Context) error { time.Sleep(2 * time.Second); return nil })
			}()
			synctest.Wait()
			for range 10 {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				err := p.Do(ctx, true, func(context.Context) error { panic("called") })
				cancel()
				assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
				assert.ErrorContains(t, err, "bulkhead full")
			}
			assert.Equal(t, "closed", p.State(), "a queue says nothing about the peer")
			time.Sleep(2 * time.Second)
			require.NoError(t, p.Do(t.Context(), false, always(nil)))
		})
	})
	t.Run("is free again after a panic", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{Concurrency: 1})
			for range 3 {
				assert.Panics(t, func() { _ = p.Do(t.Context(), true, func(context.Context) error { panic("boom") }) })
			}
			require.NoError(t, p.Do(t.Context(), true, always(nil)))
		})
	})
	t.Run("is no place to wait for a peer that hangs", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{Concurrency: 8})
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			begin := time.Now()
			var asked, turnedAway atomic.Int64
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					err := p.Do(ctx, false, func(ctx context.Context) error { asked.Add(1); return hang(ctx) })
					if assert.Error(t, err) && fault.From(err).RetryAfter > 0 {
						turnedAway.Add(1)
						assert.Equal(t, 3*time.Second, time.Since(begin), "as soon as the breaker is open")
					}
				})
			}
			all.Wait()
			assert.LessOrEqual(t, asked.Load(), int64(8+4), "those with a place, and who got one before the fifth failure")
			assert.Equal(t, 100-asked.Load(), turnedAway.Load())
		})
	})
}

// All features at the same time, on the real clock, for the race detector.
func TestPolicy_from_many_goroutines(t *testing.T) {
	t.Parallel()
	p := resilience.New(resilience.Options{
		Concurrency: 4, OpenFor: time.Millisecond, OpenMax: 2 * time.Millisecond, BaseDelay: time.Microsecond, FailureThreshold: 2,
	})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 500 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(300))*time.Microsecond)
				_ = p.Do(ctx, rand.IntN(2) == 0, func(ctx context.Context) error {
					return []error{nil, nil, errDown, errLimited, fault.ErrNotFound.New(""), ctx.Err()}[rand.IntN(6)]
				})
				cancel()
				p.State()
			}
		})
	}
	all.Wait()
	require.Eventually(t, func() bool { return p.Do(t.Context(), false, always(nil)) == nil }, 5*time.Second, time.Millisecond)
	assert.Equal(t, "closed", p.State())
}

func BenchmarkPolicy_Do(b *testing.B) {
	b.Run("closed", func(b *testing.B) {
		p, call := resilience.New(resilience.Options{}), always(nil)
		b.ReportAllocs()
		for b.Loop() {
			_ = p.Do(b.Context(), true, call)
		}
	})
	b.Run("closed, parallel", func(b *testing.B) {
		p, call := resilience.New(resilience.Options{}), always(nil)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_ = p.Do(b.Context(), true, call)
			}
		})
	})
	b.Run("open", func(b *testing.B) {
		p, call := resilience.New(resilience.Options{FailureThreshold: 1, OpenFor: time.Hour, OpenMax: time.Hour}), always(errDown)
		_ = p.Do(b.Context(), false, call)
		b.ReportAllocs()
		for b.Loop() {
			_ = p.Do(b.Context(), true, call)
		}
	})
}
