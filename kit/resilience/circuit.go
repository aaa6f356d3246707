package resilience

import (
	"errors"
	"sync"
	"time"

	"github.com/eapache/go-resiliency/breaker"
)

var errTrip = errors.New("resilience: too many consecutive failures")

// circuit makes go-resiliency's breaker count what should count.
//
// The library keeps the state, its changes and the timer. By itself it counts every error, however rare; successes never reset
// its count, but failures further apart than its timeout do; that timeout never grows; and half open it lets everybody through.
// So circuit counts consecutive failures and feeds the library, at a threshold of one, only the failure that is to open it and
// the success that is to close it, lets one probe through at a time, and doubles the time that it stays open.
type circuit struct {
	threshold     int
	base, longest time.Duration
	changed       func(away bool) // told once when it opens after being closed, and once when it closes
	now           func() time.Time

	mu         sync.Mutex
	library    *breaker.Breaker
	failures   int       // consecutive, while closed
	openings   int       // consecutive
	until      time.Time // while open
	probing    bool
	generation int // goes up as the breaker opens or closes; what began in an earlier one says nothing about this one
}

// pass is the right to make one attempt.
type pass struct {
	generation int
	probe      bool
}

func newCircuit(threshold int, base, longest time.Duration, now func() time.Time, changed func(away bool)) *circuit {
	return &circuit{threshold: threshold, base: base, longest: longest, now: now, changed: changed, library: breaker.New(1, 1, base)}
}

// refuses tells whether enter would refuse now, and for how long to stay away then. An attempt without a fair time cannot say
// that the peer is down, so it would waste the one probe.
func (c *circuit) refuses(fair bool) (wait time.Duration, refused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusesLocked(fair)
}

func (c *circuit) refusesLocked(fair bool) (wait time.Duration, refused bool) {
	switch c.library.GetState() {
	case breaker.Open:
		return wholeSeconds(c.until.Sub(c.now())), true
	case breaker.HalfOpen:
		return time.Second, c.probing || !fair
	}
	return 0, false
}

// wholeSeconds is d as a Retry-After can say it: rounded up, at least one.
func wholeSeconds(d time.Duration) time.Duration {
	return max((d + time.Second - 1).Truncate(time.Second), time.Second)
}

// enter asks for a pass. Whoever gets one leaves with it.
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

// leave reports how the attempt of a pass went.
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
	case o == neutral: // a probe that says nothing leaves its place to the next
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

// trip opens the breaker. The library's time is fixed when it is made, so each opening is a new one.
func (c *circuit) trip() {
	openFor := min(c.base<<min(c.openings, 16), c.longest)
	c.library = breaker.New(1, 1, openFor)
	_ = c.library.Run(func() error { return errTrip })
	c.until = c.now().Add(openFor)
	if c.openings++; c.openings == 1 {
		c.changed(true)
	}
	c.failures = 0
	c.generation++
}

// close feeds the half open library the success that closes it.
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
