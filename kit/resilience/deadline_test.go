package resilience_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/resilience"
)

// within makes a call with so much time left.
func within(t *testing.T, p *resilience.Policy, d time.Duration, safe bool, call func(context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return p.Do(ctx, safe, call)
}

// An attempt without a fair time never counts against the peer: else a caller with short deadlines would open the breaker for
// all others.
func TestBreaker_too_little_time_is_no_evidence(t *testing.T) {
	for name, call := range map[string]func(context.Context) error{
		"it hangs":             hang,
		"the peer says 503":    always(errDown),
		"the peer is too late": always(fault.ErrDeadline.New("")),
		"a defect":             always(fault.ErrInternal.New("")),
		"no fault at all":      always(errors.New("boom")),
		"limited":              always(errLimited),
	} {
		for _, safe := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					p := resilience.New(resilience.Options{})
					for range 100 {
						require.Error(t, within(t, p, 499*time.Millisecond, safe, call))
					}
					assert.Equal(t, "closed", p.State())
					fail(t, p, 4)
					require.Error(t, within(t, p, 3*time.Millisecond, safe, call))
					fail(t, p, 1)
					assert.Equal(t, "open", p.State(), "it is no success of the peer either")
				})
			})
		}
	}
	t.Run("a panic", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{FailureThreshold: 1})
			assert.Panics(t, func() { _ = within(t, p, time.Millisecond, false, func(context.Context) error { panic("boom") }) })
			assert.Equal(t, "closed", p.State())
		})
	})
	t.Run("but a success counts for the peer", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			p := resilience.New(resilience.Options{})
			fail(t, p, 4)
			require.NoError(t, within(t, p, 3*time.Millisecond, false, always(nil)))
			fail(t, p, 4)
			assert.Equal(t, "closed", p.State())
		})
	})
}

// A peer that answers "too late" although it had a fair time counts like a peer that hangs.
func TestBreaker_too_late_in_a_fair_time_counts(t *testing.T) {
	for _, d := range []time.Duration{500 * time.Millisecond, 800 * time.Millisecond, time.Minute} {
		for _, safe := range []bool{true, false} {
			inBubbleNamed(t, d.String(), func(t *testing.T) {
				p := resilience.New(resilience.Options{Attempts: 2, Rand: func() float64 { return 0 }})
				for range 5 {
					require.Error(t, within(t, p, d, safe, func(ctx context.Context) error { <-ctx.Done(); return fault.ErrDeadline.New("") }))
				}
				assert.Equal(t, "open", p.State())
			})
		}
	}
}

func inBubbleNamed(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { inBubble(t, test) })
}

// The one probe of a half open breaker is a call with a fair time.
func TestBreaker_a_doomed_call_is_no_probe(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := resilience.New(resilience.Options{})
		fail(t, p, 5)
		time.Sleep(3 * time.Second)
		for range 20 {
			err := within(t, p, 499*time.Millisecond, true, func(context.Context) error { panic("called") })
			assert.ErrorContains(t, err, "breaker open")
			assert.Equal(t, time.Second, fault.From(err).RetryAfter)
			assert.Equal(t, "half_open", p.State())
		}
		require.NoError(t, within(t, p, 600*time.Millisecond, true, func(ctx context.Context) error {
			time.Sleep(550 * time.Millisecond) // the probe has all the time that is left
			return ctx.Err()
		}))
		assert.Equal(t, "closed", p.State())
	})
}

// A call without a fair time uses no retry of the shared budget.
func TestPolicy_doomed_calls_leave_the_retries_to_others(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := resilience.New(resilience.Options{Rand: func() float64 { return 0 }})
		for range 1000 {
			calls := 0
			require.Error(t, within(t, p, 499*time.Millisecond, true, func(context.Context) error { calls++; return errDown }))
			assert.Equal(t, 1, calls)
		}
		for range 5 { // budgetFloor: the calls without a fair time neither used nor raised it
			calls := 0
			require.NoError(t, p.Do(t.Context(), true, func(context.Context) error {
				if calls++; calls == 1 {
					return errDown
				}
				return nil
			}))
		}
		calls := 0
		require.Error(t, p.Do(t.Context(), true, func(context.Context) error { calls++; return errLimited }))
		assert.Equal(t, 1, calls)
	})
}
