// Package limits has how much one caller may take: requests a minute, places of an operation, lines of the log.
package limits

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tienda-go/tienda/kit/fault"
)

// Rate allows each caller perMinute requests a minute. Each process has its own counts.
type Rate struct {
	perMinute int // 0 = no limit
	mu        sync.Mutex
	callers   map[string]*rate.Limiter
	swept     time.Time
}

// sweepEvery is how often full buckets are dropped. A full bucket equals a new one.
const sweepEvery = time.Minute

// NewRate is without a limit for 0.
func NewRate(perMinute int) *Rate {
	return &Rate{perMinute: perMinute, callers: map[string]*rate.Limiter{}, swept: time.Now()}
}

// Take returns nil, or a fault.ErrRateLimited with how long to wait.
func (l *Rate) Take(caller string) error {
	if l.perMinute == 0 {
		return nil
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > sweepEvery {
		l.swept = now
		for name, c := range l.callers {
			if c.TokensAt(now) >= float64(l.perMinute) {
				delete(l.callers, name)
			}
		}
	}
	c, ok := l.callers[caller]
	if !ok {
		for name := range l.callers {
			if len(l.callers) < maxCallers {
				break
			}
			delete(l.callers, name)
		}
		c = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.callers[caller] = c
	}
	if c.AllowN(now, 1) {
		return nil
	}
	wait := (1 - c.TokensAt(now)) / float64(c.Limit())
	return fault.ErrRateLimited.New("Puede hacer hasta %d peticiones por minuto. Espere antes de repetirla.", l.perMinute).
		After(time.Duration(math.Ceil(wait)) * time.Second)
}

// maxCallers bounds the limiter's memory. Above it, callers are dropped at random, and a dropped caller starts with a full
// bucket. An attacker with that many networks would not be limited anyway.
const maxCallers = 100_000

// maxInFlight is how many requests one operation works on at a time. More requests than the machine can handle only wait: beyond
// this limit they get 503 at once, and the accepted requests keep their deadlines. Each operation has its own count, so that an
// operation whose peer hangs takes no place from the others.
const maxInFlight = 256

// maxShare limits one caller to this many times the free places: 205 places when it is alone, so that another caller gets one.
const maxShare = 4

// Places are the places of one operation.
type Places struct {
	mu    sync.Mutex
	taken int
	of    map[string]int // by caller
}

// NewPlaces is the places of an operation, all free.
func NewPlaces() *Places { return &Places{of: map[string]int{}} }

// Take is false when there is no place for the caller. "" stands for a service, which sends the requests of all its own callers.
func (p *Places) Take(caller string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	free := maxInFlight - p.taken
	if free == 0 || caller != "" && p.of[caller] >= maxShare*free {
		return false
	}
	p.taken++
	p.of[caller]++
	return true
}

// Give returns the place of a request that is answered.
func (p *Places) Give(caller string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.of[caller]--; p.of[caller] == 0 {
		delete(p.of, caller)
	}
}
