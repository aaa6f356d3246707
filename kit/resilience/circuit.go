package resilience

import (
	"errors"
	"sync"
	"time"

	"github.com/eapache/go-resiliency/breaker"
)

type outcome int

const (
	succeeded outcome = iota
	failed
	neutral // says nothing about the peer
)

var errTrip = errors.New("resilience: too many consecutive failures")

// circuit makes go-resiliency's breaker count what should count. By itself it counts every error, however rare, successes
// never reset its count, and half open it lets everybody through. Here the library keeps the state and its timer; circuit
// counts consecutive failures, trips it, lets one probe through, and doubles the time that it stays open.
type circuit struct {
	threshold int
	base, max time.Duration

	mu         sync.Mutex
	library    *breaker.Breaker
	failures   int       // consecutive, while closed
	openings   int       // consecutive
	until      time.Time // while open
	probing    bool
	generation int // of the state: results of calls that began in another one say nothing
}

type pass struct {
	generation int
	probe      bool
}

func newCircuit(threshold int, base, longest time.Duration) *circuit {
	return &circuit{threshold: threshold, base: base, max: longest, library: breaker.New(1, 1, base)}
}

// enter asks whether a call may be made; if not, wait is how long to stay away.
func (c *circuit) enter() (p pass, wait time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p = pass{generation: c.generation}
	switch c.library.GetState() {
	case breaker.Open:
		return p, max(time.Until(c.until), time.Second), false
	case breaker.HalfOpen:
		if c.probing {
			return p, time.Second, false
		}
		c.probing, p.probe = true, true
	}
	return p, 0, true
}

// leave reports how the call of a pass went.
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
	case o == neutral:
	case o == failed && p.probe:
		c.trip()
	case o == failed:
		if c.failures++; c.failures >= c.threshold {
			c.trip()
		}
	case p.probe:
		_ = c.library.Run(func() error { return nil }) // half open, and one success closes it
		c.openings, c.failures = 0, 0
		c.generation++
	default:
		c.failures = 0
	}
}

// trip opens the breaker. The library's time is fixed when it is made, so each opening is a new one.
func (c *circuit) trip() {
	openFor := min(c.base<<min(c.openings, 16), c.max)
	c.library = breaker.New(1, 1, openFor)
	_ = c.library.Run(func() error { return errTrip })
	c.until = time.Now().Add(openFor)
	c.openings++
	c.failures = 0
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
