package chaos

import (
	"sync"
	"time"
)

// calm records when there was no fault: then every answer must be good.
type calm struct {
	mu    sync.Mutex
	spans []span
}

type span struct{ from, to time.Time } // to is zero while it lasts

func (c *calm) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans = append(c.spans, span{from: time.Now()})
}

func (c *calm) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans[len(c.spans)-1].to = time.Now()
}

// during reports whether nothing was broken from begin to end.
func (c *calm) during(begin, end time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if !begin.Before(s.from) && (s.to.IsZero() || !end.After(s.to)) {
			return true
		}
	}
	return false
}
