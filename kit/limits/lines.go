package limits

import (
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many log lines of refused requests are written at once, and each second after that, for one network and for all together.
// A flood of refused requests must not fill the disk. The metrics count every request.
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
