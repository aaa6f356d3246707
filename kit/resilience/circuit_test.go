package resilience_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eapache/go-resiliency/breaker"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/resilience"
)

func TestBreaker_counts_failures_only(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		state string
	}{
		"unavailable":         {errDown, "open"},
		"internal":            {fault.ErrInternal.New(""), "open"},
		"no fault at all":     {errors.New("boom"), "open"},
		"success":             {nil, "closed"},
		"invalid":             {fault.ErrInvalid.New(""), "closed"},
		"unauthenticated":     {fault.ErrUnauthenticated.New(""), "closed"},
		"forbidden":           {fault.ErrForbidden.New(""), "closed"},
		"not found":           {fault.ErrNotFound.New(""), "closed"},
		"conflict":            {fault.ErrConflict.New(""), "closed"},
		"precondition failed": {fault.ErrPrecondition.New(""), "closed"},
		"rate limited":        {errLimited, "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				p := resilience.New(resilience.Options{})
				for range 5 {
					assert.Equal(t, "closed", p.State())
					assert.Equal(t, c.err, p.Do(t.Context(), false, always(c.err)))
				}
				assert.Equal(t, c.state, p.State())
			})
		})
	}
}

func TestBreaker_counts_consecutive_failures(t *testing.T) {
	t.Run("an answer between resets the count", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{})
			for _, answer := range []error{nil, fault.ErrNotFound.New("")} {
				fail(t, p, 4)
				assert.Equal(t, answer, p.Do(t.Context(), false, always(answer)))
			}
			fail(t, p, 4)
			assert.Equal(t, "closed", p.State())
		})
	})
	t.Run("time between does not", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{})
			for range 5 {
				assert.Equal(t, "closed", p.State())
				fail(t, p, 1)
				time.Sleep(time.Second) // shorter than the opening
			}
			assert.Equal(t, "open", p.State())
			time.Sleep(time.Hour)
			require.NoError(t, p.Do(t.Context(), false, always(nil)))
			fail(t, p, 4)
			time.Sleep(time.Hour)
			fail(t, p, 1)
			assert.Equal(t, "open", p.State())
		})
	})
	t.Run("nor does what says nothing", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{})
			fail(t, p, 4)
			require.Error(t, p.Do(t.Context(), false, always(errLimited)))
			leave(t, p)
			fail(t, p, 1)
			assert.Equal(t, "open", p.State())
		})
	})
}

// leave makes a call whose caller cancels it after a long wait.
func leave(t *testing.T, p *resilience.Policy) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(2*time.Second, cancel)
	require.ErrorIs(t, p.Do(ctx, true, hang), context.Canceled)
}

// TestBreaker_a_million_calls: one error in a thousand does not open the breaker. The library alone would open it.
func TestBreaker_a_million_calls(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	p, alone, errs := resilience.New(resilience.Options{}), breaker.New(5, 1, time.Hour), 0
	for range 1_000_000 {
		var err error
		if random.IntN(1000) == 0 {
			err, errs = errDown, errs+1
		}
		call := func(context.Context) error { return err }
		require.Equal(t, err, p.Do(t.Context(), false, call), "no call is refused")
		_ = alone.Run(func() error { return err })
	}
	assert.Greater(t, errs, 500)
	assert.Equal(t, "closed", p.State())
	assert.Equal(t, breaker.Open, alone.GetState())
}

func TestBreaker_callers_do_not_open_it(t *testing.T) {
	t.Run("by leaving", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{})
			for range 20 {
				leave(t, p)
			}
			assert.Equal(t, "closed", p.State())
		})
	})
	t.Run("by having no time", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{})
			for i := range 20 {
				ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
				require.Error(t, p.Do(ctx, i%2 == 0, hang)) // a call that may be repeated gets half of the time
				cancel()
			}
			assert.Equal(t, "closed", p.State())
		})
	})
}

func TestBreaker_a_hung_peer_opens_it(t *testing.T) {
	for name, c := range map[string]struct {
		options  resilience.Options
		deadline time.Duration
	}{
		"by the time of an attempt":         {resilience.Options{}, time.Hour},
		"by a short time of an attempt":     {resilience.Options{Timeout: 50 * time.Millisecond}, time.Hour},
		"by the deadline of whole requests": {resilience.Options{}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				p := resilience.New(c.options)
				for range 5 {
					assert.Equal(t, "closed", p.State())
					ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
					require.ErrorIs(t, p.Do(ctx, false, hang), context.DeadlineExceeded)
					cancel()
				}
				assert.Equal(t, "open", p.State())
			})
		})
	}
}

func TestBreaker_open_answers_at_once(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := resilience.New(resilience.Options{Peer: "inventario"})
		fail(t, p, 5)
		refused := func(wait time.Duration) {
			t.Helper()
			begin := time.Now()
			err := fault.From(p.Do(t.Context(), true, func(context.Context) error { panic("called") }))
			assert.Zero(t, time.Since(begin))
			assert.Same(t, fault.ErrUnavailable, err.Kind)
			assert.NotEmpty(t, err.Detail)
			assert.ErrorContains(t, err, "inventario: breaker open")
			assert.Equal(t, wait, err.RetryAfter, "whole seconds")
		}
		refused(2 * time.Second)
		time.Sleep(300 * time.Millisecond)
		refused(2 * time.Second)
		time.Sleep(1600 * time.Millisecond)
		refused(time.Second)
	})
}

func TestBreaker_that_opens_between_attempts_tells_why(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		calls := 0
		cause := errors.New("connection refused")
		err := resilience.New(resilience.Options{FailureThreshold: 2}).Do(t.Context(), true, func(context.Context) error {
			calls++
			return fault.ErrUnavailable.New("").Because(cause)
		})
		assert.Equal(t, 2, calls)
		assert.ErrorIs(t, err, cause)
		assert.ErrorContains(t, err, "breaker open")
		assert.Equal(t, 2*time.Second, fault.From(err).RetryAfter)
	})
}

func TestBreaker_half_open_lets_one_probe_through(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := resilience.New(resilience.Options{})
		fail(t, p, 5)
		time.Sleep(2*time.Second + time.Millisecond)
		assert.Equal(t, "half_open", p.State())

		var mu sync.Mutex
		probes, refused := 0, 0
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				err := p.Do(t.Context(), false, func(context.Context) error {
					mu.Lock()
					probes++
					mu.Unlock()
					time.Sleep(time.Second)
					return nil
				})
				if err != nil {
					mu.Lock()
					refused++
					mu.Unlock()
					assert.Equal(t, time.Second, fault.From(err).RetryAfter)
				}
			})
		}
		all.Wait()
		assert.Equal(t, 1, probes)
		assert.Equal(t, 99, refused)
		assert.Equal(t, "closed", p.State())
	})
}

func TestBreaker_a_probe_gives_its_place_back(t *testing.T) {
	for name, c := range map[string]struct {
		probe func(t *testing.T, p *resilience.Policy)
		state string
	}{
		"when its caller leaves": {leave, "half_open"},
		"when it is limited": {func(t *testing.T, p *resilience.Policy) {
			require.Error(t, p.Do(t.Context(), false, always(errLimited)))
		}, "half_open"},
		"when it panics": {func(t *testing.T, p *resilience.Policy) {
			require.Panics(t, func() { _ = p.Do(t.Context(), false, func(context.Context) error { panic("boom") }) })
		}, "open"},
		"when it hangs": {func(t *testing.T, p *resilience.Policy) { require.Error(t, p.Do(t.Context(), false, hang)) }, "open"},
		"when it fails": {func(t *testing.T, p *resilience.Policy) { fail(t, p, 1) }, "open"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				p := resilience.New(resilience.Options{})
				fail(t, p, 5)
				time.Sleep(3 * time.Second)
				c.probe(t, p)
				assert.Equal(t, c.state, p.State())
				time.Sleep(10 * time.Second)
				require.NoError(t, p.Do(t.Context(), false, always(nil)))
			})
		})
	}
}

func TestBreaker_openings_double(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := resilience.New(resilience.Options{})
		opened := func() time.Duration {
			begin := time.Now()
			for p.State() == "open" {
				time.Sleep(10 * time.Millisecond)
			}
			return time.Since(begin).Round(time.Second)
		}
		for range 2 { // a success resets the count
			fail(t, p, 5)
			for _, seconds := range []time.Duration{2, 4, 8, 10, 10} {
				assert.Equal(t, seconds*time.Second, opened())
				fail(t, p, 1) // the probe
			}
			opened()
			require.NoError(t, p.Do(t.Context(), false, always(nil)))
		}
	})
}

func TestBreaker_results_from_before_it_opened_say_nothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := resilience.New(resilience.Options{OpenFor: time.Second})
		late := func(err error) { // a call that began while closed and ends while half open
			go func() {
				_ = p.Do(t.Context(), false, func(context.Context) error { time.Sleep(2 * time.Second); return err })
			}()
		}
		late(nil)
		for range 10 {
			late(errDown)
		}
		synctest.Wait()
		fail(t, p, 5)
		time.Sleep(2500 * time.Millisecond)
		assert.Equal(t, "half_open", p.State())
		require.NoError(t, p.Do(t.Context(), false, always(nil)))
		assert.Equal(t, "closed", p.State())
	})
}

func TestBreaker_nobody_queues_behind_a_probe(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := resilience.New(resilience.Options{Concurrency: 1})
		fail(t, p, 5)
		time.Sleep(3 * time.Second)
		go func() {
			_ = p.Do(t.Context(), false, func(context.Context) error { time.Sleep(time.Second); return nil })
		}()
		synctest.Wait()
		begin := time.Now()
		require.ErrorContains(t, p.Do(t.Context(), false, always(nil)), "breaker open")
		assert.Zero(t, time.Since(begin))
		time.Sleep(2 * time.Second)
		assert.Equal(t, "closed", p.State())
	})
}

// TestBreaker_model runs the breaker and a simple model of it with the same random steps.
func TestBreaker_model(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		step := rapid.SampledFrom([]string{"ok", "refusal", "down", "down", "down", "limited", "left", "1s", "5s"})
		steps := rapid.SliceOfN(step, 1, 60).Draw(rt, "steps")
		var got, want []string
		synctest.Test(t, func(t *testing.T) {
			defer time.Sleep(time.Minute)
			p := resilience.New(resilience.Options{})
			m := model{state: "closed"}
			for _, step := range steps {
				switch step {
				case "ok":
					_ = p.Do(t.Context(), false, always(nil))
				case "refusal":
					_ = p.Do(t.Context(), false, always(fault.ErrConflict.New("")))
				case "down":
					_ = p.Do(t.Context(), false, always(errDown))
				case "limited":
					_ = p.Do(t.Context(), false, always(errLimited))
				case "left":
					ctx, cancel := context.WithCancel(t.Context())
					_ = p.Do(ctx, false, func(ctx context.Context) error { cancel(); return ctx.Err() })
				case "1s":
					time.Sleep(time.Second + time.Millisecond) // between the whole seconds at which the state changes
				case "5s":
					time.Sleep(5*time.Second + time.Millisecond)
				}
				synctest.Wait()
				m.step(step)
				got, want = append(got, p.State()), append(want, m.state)
			}
		})
		assert.Equal(rt, want, got)
	})
}

type model struct {
	state              string
	failures, openings int
	left               time.Duration
}

func (m *model) step(step string) {
	switch step {
	case "1s", "5s":
		m.left -= map[string]time.Duration{"1s": time.Second, "5s": 5 * time.Second}[step] + time.Millisecond
		if m.state == "open" && m.left <= 0 {
			m.state = "half_open"
		}
	case "ok", "refusal":
		if m.state != "open" {
			*m = model{state: "closed"}
		}
	case "down":
		if m.state == "open" {
			return
		}
		if m.failures++; m.state == "half_open" || m.failures == 5 {
			m.state, m.failures, m.left = "open", 0, []time.Duration{2, 4, 8, 10}[min(m.openings, 3)]*time.Second
			m.openings++
		}
	}
}
