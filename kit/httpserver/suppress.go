package httpserver

import (
	"log/slog"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
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

// refusedStatus reports whether a request was refused before it did any work, so that it was cheap to send. A conflict is not
// among them.
func refusedStatus(status int) bool {
	return status >= 400 && status < 500 && status != fiber.StatusConflict && status != fiber.StatusPreconditionFailed ||
		status == fiber.StatusServiceUnavailable
}

// suppressor decides which lines of refused requests are written.
type suppressor struct {
	log      *slog.Logger
	mu       sync.Mutex
	all      *rate.Limiter
	networks map[string]*rate.Limiter
	missing  map[string]int // number of suppressed lines by network; nil = none since the last summary
}

func newSuppressor(log *slog.Logger) *suppressor {
	return &suppressor{
		log: log, all: rate.NewLimiter(allRefusedPerSecond, allRefusedBurst), networks: map[string]*rate.Limiter{},
	}
}

// write reports whether the line of a refused request of that network is written. Suppressed lines are counted, and the count is
// logged later.
func (s *suppressor) write(network string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, known := s.networks[network]
	if !known {
		if len(s.networks) >= maxNetworks {
			clear(s.networks) // s.all still bounds the lines
		}
		of = rate.NewLimiter(refusedPerSecond, refusedBurst)
		s.networks[network] = of
	}
	if of.Allow() && s.all.Allow() {
		return true
	}
	if s.missing == nil {
		s.missing = map[string]int{}
		time.AfterFunc(suppressedEvery, s.summarise)
	}
	if _, counted := s.missing[network]; counted || len(s.missing) < maxNetworks {
		s.missing[network]++
	}
	return false
}

// summarise writes one line for all suppressed lines, with the network that sent the most of them.
func (s *suppressor) summarise() {
	s.mu.Lock()
	missing := s.missing
	s.missing = nil
	s.mu.Unlock()
	total, most := 0, ""
	for network, n := range missing {
		total += n
		if n > missing[most] {
			most = network
		}
	}
	s.log.Warn("lines of refused requests suppressed", "suppressed", total, "networks", len(missing), "most_from", most,
		"of_it", missing[most])
}
