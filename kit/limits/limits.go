// Package limits has how much one caller may take: requests a minute, places of an operation, lines of the log.
package limits

import (
	"log/slog"
	"maps"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tienda-go/tienda/kit/fault"
)

// Rate allows each caller perMinute requests a minute. Each process has its own counts.
type Rate struct {
	mu        sync.Mutex
	perMinute int // 0 = no limit
	callers   buckets
}

const maxCallers = 100_000

// NewRate is without a limit for 0.
func NewRate(perMinute int) *Rate {
	return &Rate{perMinute: perMinute, callers: newBuckets(float64(perMinute)/60, perMinute, maxCallers)}
}

// Take returns nil, or a fault.ErrRateLimited with how long to wait.
func (l *Rate) Take(caller string) error {
	if l.perMinute == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	c := l.callers.of(caller, now)
	if c.AllowN(now, 1) {
		return nil
	}
	wait := (1 - c.TokensAt(now)) / float64(c.Limit())
	return fault.ErrRateLimited.New("Puede hacer hasta %d peticiones por minuto. Espere antes de repetirla.", l.perMinute).
		After(time.Duration(math.Ceil(wait)) * time.Second)
}

// buckets have one limiter for each name. Above most, random ones are dropped: no limit stops an attacker with so many networks.
type buckets struct {
	perSecond   rate.Limit
	burst, most int
	byName      map[string]*rate.Limiter
	swept       time.Time
}

func newBuckets(perSecond float64, burst, most int) buckets {
	return buckets{rate.Limit(perSecond), burst, most, map[string]*rate.Limiter{}, time.Now()}
}

// sweepEvery is how often full buckets are dropped. A full bucket equals a new one.
const sweepEvery = time.Minute

func (b *buckets) of(name string, now time.Time) *rate.Limiter {
	if now.Sub(b.swept) > sweepEvery {
		b.swept = now
		maps.DeleteFunc(b.byName, func(_ string, l *rate.Limiter) bool { return l.TokensAt(now) >= float64(b.burst) })
	}
	l, ok := b.byName[name]
	if !ok {
		for other := range b.byName {
			if len(b.byName) < b.most {
				break
			}
			delete(b.byName, other)
		}
		l = rate.NewLimiter(b.perSecond, b.burst)
		b.byName[name] = l
	}
	return l
}

// maxInFlight is how many requests one operation works on at a time. Further ones get 503 at once, so that the accepted ones keep
// their deadlines. Each operation has its own count: an operation whose peer hangs takes no place from the others.
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

// How many log lines of refused requests are written, for one network and for all: a flood must not fill the disk.
const (
	refusedBurst, refusedPerSecond       = 100, 10
	allRefusedBurst, allRefusedPerSecond = 500, 50
	suppressedEvery                      = 10 * time.Second // a line says how many were not written
	maxNetworks                          = 10_000           // that are counted separately
)

// Lines decides which lines of refused requests are written.
type Lines struct {
	log      *slog.Logger
	mu       sync.Mutex
	all      *rate.Limiter
	networks buckets
	missing  map[string]int // number of suppressed lines by network; nil = none since the last summary
}

// NewLines writes its summaries to log.
func NewLines(log *slog.Logger) *Lines {
	return &Lines{
		log: log, all: rate.NewLimiter(allRefusedPerSecond, allRefusedBurst),
		networks: newBuckets(refusedPerSecond, refusedBurst, maxNetworks),
	}
}

// Write reports whether the line of a refused request of that network is written. The others are counted for a summary.
func (l *Lines) Write(network string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.networks.of(network, time.Now()).Allow() && l.all.Allow() {
		return true
	}
	if l.missing == nil {
		l.missing = map[string]int{}
		time.AfterFunc(suppressedEvery, l.summarise)
	}
	if _, counted := l.missing[network]; counted || len(l.missing) < maxNetworks {
		l.missing[network]++
	}
	return false
}

// summarise writes one line for all suppressed lines, with the network that sent the most of them.
func (l *Lines) summarise() {
	l.mu.Lock()
	missing := l.missing
	l.missing = nil
	l.mu.Unlock()
	total, most := 0, ""
	for network, n := range missing {
		total += n
		if n > missing[most] {
			most = network
		}
	}
	l.log.Warn("lines of refused requests suppressed", "suppressed", total, "networks", len(missing), "most_from", most,
		"of_it", missing[most])
}
