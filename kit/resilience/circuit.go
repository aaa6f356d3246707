package resilience

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eapache/go-resiliency/breaker"

	"github.com/tienda-go/tienda/kit/fault"
)

var errTrip = errors.New("resilience: too many consecutive failures")

// circuit makes go-resiliency's breaker count consecutive failures.
//
// The library keeps the state, its changes and the timer. By itself it counts every error, even rare ones; only a pause between
// failures that is longer than its timeout resets the count, and successes do not; that timeout never grows; and half open it
// accepts all calls. So circuit counts consecutive failures and reports to the library, at a threshold of one, only the failure
// that must open it and the success that must close it. It allows one probe at a time, and doubles the time of each opening.
type circuit struct {
	threshold     int
	base, longest time.Duration
	changed       func(away bool) // called once when the breaker opens after being closed, and once when it closes

	mu         sync.Mutex
	library    *breaker.Breaker
	failures   int       // consecutive, while closed
	openings   int       // consecutive
	until      time.Time // while open
	probing    bool
	generation int // grows when the breaker opens or closes; results of attempts from an earlier generation do not count
}

// pass is the right to make one attempt.
type pass struct {
	generation int
	probe      bool
}

func newCircuit(threshold int, base, longest time.Duration, changed func(away bool)) *circuit {
	return &circuit{threshold: threshold, base: base, longest: longest, changed: changed, library: breaker.New(1, 1, base)}
}

// refuses reports whether enter would refuse, and the wait. Without a fair time an attempt is no probe: a good peer may fail it.
func (c *circuit) refuses(fair bool) (wait time.Duration, refused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusesLocked(fair)
}

func (c *circuit) refusesLocked(fair bool) (wait time.Duration, refused bool) {
	switch c.library.GetState() {
	case breaker.Open:
		return wholeSeconds(time.Until(c.until)), true
	case breaker.HalfOpen:
		return time.Second, c.probing || !fair
	}
	return 0, false
}

// wholeSeconds is d in the precision of Retry-After: rounded up, at least one second.
func wholeSeconds(d time.Duration) time.Duration {
	return max((d + time.Second - 1).Truncate(time.Second), time.Second)
}

// enter returns a pass, when an attempt is allowed. The caller must return it to leave.
func (c *circuit) enter(fair bool) (p pass, wait time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait, refused := c.refusesLocked(fair); refused {
		return pass{}, wait, false
	}
	p = pass{generation: c.generation, probe: c.library.GetState() == breaker.HalfOpen}
	c.probing = p.probe
	return p, 0, true
}

func (c *circuit) leave(p pass, o outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.generation != c.generation {
		return
	}
	if p.probe {
		c.probing = false
	}
	switch {
	case o == neutral: // a probe without a result: the next attempt is the probe
	case o == succeeded && p.probe:
		c.close()
	case o == succeeded:
		c.failures = 0
	default:
		if c.failures++; p.probe || c.failures >= c.threshold {
			c.trip()
		}
	}
}

// trip opens the breaker. The timeout of the library's breaker is fixed, so each opening makes a new breaker.
func (c *circuit) trip() {
	openFor := min(c.base<<min(c.openings, 16), c.longest)
	c.library = breaker.New(1, 1, openFor)
	_ = c.library.Run(func() error { return errTrip })
	c.until = time.Now().Add(openFor)
	if c.openings++; c.openings == 1 {
		c.changed(true)
	}
	c.failures = 0
	c.generation++
}

func (c *circuit) close() {
	_ = c.library.Run(func() error { return nil })
	c.openings, c.failures = 0, 0
	c.changed(false)
	c.generation++
}

func (c *circuit) state() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.library.GetState() {
	case breaker.Open:
		return "open"
	case breaker.HalfOpen:
		return "half_open"
	}
	return "closed"
}

type outcome int

const (
	succeeded outcome = iota
	failed
	neutral // says nothing about the peer
)

// blameAfter is how long a peer must be given before its failure counts. The caller of this service chooses the deadline, so a
// shorter deadline must not open the breaker; after it a peer that hangs has failed, also when the caller cancels.
const blameAfter = 500 * time.Millisecond

// classify says what the end of an attempt means for the breaker. A cancelled call is neither success nor failure. An attempt
// with less than a fair time cannot fail: neither its timeout nor the peer's 503 for lack of time counts, because the caller
// caused them. A deadline that passes after a fair time, of the attempt or of the whole request, is a failure.
func classify(ctx context.Context, err error, fair bool) outcome {
	switch fault.CodeOf(err) {
	case fault.Unavailable, fault.Internal:
	case fault.RateLimited:
		return neutral
	default:
		return succeeded
	}
	if !fair || errors.Is(ctx.Err(), context.Canceled) {
		return neutral
	}
	return failed
}

func worthRepeating(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.Unavailable || code == fault.RateLimited
}
