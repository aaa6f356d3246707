package resilience

import (
	"math"
	"sync"
	"time"
)

const (
	budgetRatio  = 0.1 // retries for each call
	budgetFloor  = 5   // retries without calls, so that a service with few calls retries too
	budgetPeriod = 10 * time.Second
)

// budget limits retries to a peer in trouble: a tenth of the recent calls, or budgetFloor. Both counts halve every period.
type budget struct {
	mu             sync.Mutex
	since          time.Time
	calls, retries float64
}

func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.age()
	b.calls++
}

func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.age()
	if b.retries+1 > max(budgetFloor, b.calls*budgetRatio) {
		return false
	}
	b.retries++
	return true
}

func (b *budget) age() {
	periods := int(time.Since(b.since) / budgetPeriod)
	if periods <= 0 {
		return
	}
	b.calls, b.retries = math.Ldexp(b.calls, -periods), math.Ldexp(b.retries, -periods)
	b.since = b.since.Add(time.Duration(periods) * budgetPeriod)
}
