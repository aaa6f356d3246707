// Package resilience decides how a call to a peer may fail: one Policy a peer, and the one layer that repeats calls.
//
// An error is classified first, by its fault code. Unavailable and Internal are failures: they count for the breaker.
// Everything else is an answer (a 404 or a 409 is a peer at work), and a caller who left is neither. A call is repeated only
// when it is safe to repeat and the peer was Unavailable or RateLimited, with full jitter, within a budget of a tenth of all
// calls, and never past the caller's deadline.
package resilience

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Options of a Policy; zero values stand for the defaults.
type Options struct {
	Peer             string        // for errors and logs
	Attempts         int           // the first one included; 3
	Timeout          time.Duration // of one attempt; 3 s
	FailureThreshold int           // consecutive failures that open the breaker; 5
	OpenFor          time.Duration // of the first opening, doubled by each further one; 2 s
	OpenMax          time.Duration // of the longest opening; 10 s
	Concurrency      int           // calls at the same time; 64
	BaseDelay        time.Duration // the first wait is a random part of it, doubled each time; 50 ms
	MaxDelay         time.Duration // the longest wait is a random part of it; 500 ms

	Sleep func(ctx context.Context, d time.Duration) // for tests
}

const (
	budgetRatio = 0.1 // retries for each call
	budgetMax   = 10  // retries that a quiet time saves up, so that a shop with one customer retries too

	// An attempt cut short by the caller's own deadline is held against the peer only after so long.
	blameAfter = 500 * time.Millisecond
)

// Policy guards the calls to one peer.
type Policy struct {
	o       Options
	circuit *circuit
	slots   chan struct{}

	mu     sync.Mutex
	budget float64
}

// New builds the policy of a peer.
func New(o Options) *Policy {
	o.Attempts = orDefault(o.Attempts, 3)
	o.Timeout = orDefault(o.Timeout, 3*time.Second)
	o.FailureThreshold = orDefault(o.FailureThreshold, 5)
	o.OpenFor = orDefault(o.OpenFor, 2*time.Second)
	o.OpenMax = orDefault(o.OpenMax, 10*time.Second)
	o.Concurrency = orDefault(o.Concurrency, 64)
	o.BaseDelay = orDefault(o.BaseDelay, 50*time.Millisecond)
	o.MaxDelay = orDefault(o.MaxDelay, 500*time.Millisecond)
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return &Policy{
		o: o, circuit: newCircuit(o.FailureThreshold, o.OpenFor, o.OpenMax), slots: make(chan struct{}, o.Concurrency), budget: budgetMax,
	}
}

func orDefault[T int | time.Duration](v, standard T) T {
	if v > 0 {
		return v
	}
	return standard
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// State is that of the breaker: "closed", "open" or "half_open".
func (p *Policy) State() string { return p.circuit.state() }

// Do makes the call, again if it is safe to repeat and worth it, and returns its last error. While the breaker is open it
// returns fault.ErrUnavailable at once, with how long to wait.
func (p *Policy) Do(ctx context.Context, safe bool, call func(ctx context.Context) error) error {
	p.earn()
	for attempt := 1; ; attempt++ {
		err, called := p.attempt(ctx, p.timeout(ctx, safe, p.o.Attempts-attempt), call)
		if !called || !safe || !worthRepeating(err) || attempt == p.o.Attempts || ctx.Err() != nil {
			return err
		}
		delay := rand.N(min(p.o.BaseDelay<<(attempt-1), p.o.MaxDelay)) + 1
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= delay || !p.spend() {
			return err
		}
		p.o.Sleep(ctx, delay)
		if ctx.Err() != nil {
			return err
		}
	}
}

// timeout of one attempt. When a further one may follow, a peer that hangs gets no more than half of the time that is left.
func (p *Policy) timeout(ctx context.Context, safe bool, further int) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return p.o.Timeout
	}
	left := time.Until(deadline)
	if safe && further > 0 {
		left /= 2
	}
	return min(p.o.Timeout, max(left, time.Millisecond))
}

// attempt reports in called whether the peer was asked at all.
func (p *Policy) attempt(ctx context.Context, timeout time.Duration, call func(ctx context.Context) error) (err error, called bool) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	default:
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
		case <-ctx.Done():
			return fault.ErrUnavailable.New("Hay demasiadas peticiones en espera. Repita la petición en unos segundos.").
				Because(errors.Join(errors.New("bulkhead of "+p.o.Peer+" full"), ctx.Err())), false
		}
	}
	pass, wait, ok := p.circuit.enter()
	if !ok {
		return fault.ErrUnavailable.New("Un servicio necesario no responde. Repita la petición en unos segundos.").
			Because(errors.New("breaker of " + p.o.Peer + " open")).After(wait), false
	}
	result := failed // also when call panics
	defer func() { p.circuit.leave(pass, result) }()

	begin := time.Now()
	attemptCtx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = call(attemptCtx)
	result = classify(ctx, err, time.Since(begin))
	return err, true
}

func classify(ctx context.Context, err error, took time.Duration) outcome {
	if err == nil {
		return succeeded
	}
	switch fault.CodeOf(err) {
	case fault.Unavailable, fault.Internal:
	case fault.RateLimited:
		return neutral
	default:
		return succeeded
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return neutral // the caller left
	case ctx.Err() != nil && took < blameAfter:
		return neutral // the caller had no time left
	}
	return failed
}

func worthRepeating(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.Unavailable || code == fault.RateLimited
}

func (p *Policy) earn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.budget = min(p.budget+budgetRatio, budgetMax)
}

func (p *Policy) spend() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.budget < 1 {
		return false
	}
	p.budget--
	return true
}
