// Package resilience decides how a call to a peer may fail: one Policy a peer, and the one layer that repeats calls.
//
// An error is classified first, by its fault code. Unavailable and Internal are failures: each attempt that ends so counts for
// the breaker. RateLimited is neither success nor failure. Everything else is an answer: a peer that sends 404 or 409 works. An
// attempt whose caller cancelled, or had hardly any time left, does not count either: an outside caller must not be able to open
// the breaker. Such an attempt is never the probe of a half open breaker, and uses no retry.
//
// A call is repeated only when it is safe to repeat and the peer was Unavailable or RateLimited: with full jitter, no sooner
// than the peer asked for, within a budget of a tenth of all calls, and never past the caller's deadline.
//
// Only the breaker of go-resiliency is used (see circuit). Its retrier has no budget, no deadline and no Retry-After; its
// semaphore ignores the context and waits for a fixed time; and its deadline leaks a goroutine for each call that hangs.
package resilience

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Options of a Policy; zero values stand for the defaults.
type Options struct {
	Peer             string        // for errors and logs
	Log              *slog.Logger  // logs when the peer goes down and when it is back; nil = no log
	Attempts         int           // the first one included; 3
	Timeout          time.Duration // of one attempt; 3 s
	FailureThreshold int           // consecutive failed attempts that open the breaker; 5
	OpenFor          time.Duration // of the first opening, doubled by each further one; 2 s
	OpenMax          time.Duration // of the longest opening; 10 s
	Concurrency      int           // attempts at the same time; further ones queue up to their deadline; 64
	BaseDelay        time.Duration // the first wait is a random part of this, which doubles each time, up to 500 ms; 50 ms

	// For tests.
	Sleep func(ctx context.Context, d time.Duration)
	Rand  func() float64 // in [0, 1)
}

// longestAsk is the longest Retry-After of a peer that Do waits for; with a longer one the caller gets the error at once.
const longestAsk = 2 * time.Second

// Policy guards the calls to one peer.
type Policy struct {
	o       Options
	circuit *circuit
	budget  *budget
	slots   chan struct{}
}

// New builds the policy of a peer.
func New(o Options) *Policy {
	o.Attempts = cmp.Or(o.Attempts, 3)
	o.Timeout = cmp.Or(o.Timeout, 3*time.Second)
	o.FailureThreshold = cmp.Or(o.FailureThreshold, 5)
	o.OpenFor = cmp.Or(o.OpenFor, 2*time.Second)
	o.OpenMax = cmp.Or(o.OpenMax, 10*time.Second)
	o.Concurrency = cmp.Or(o.Concurrency, 64)
	o.BaseDelay = cmp.Or(o.BaseDelay, 50*time.Millisecond)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	return &Policy{
		o:       o,
		circuit: newCircuit(o.FailureThreshold, o.OpenFor, o.OpenMax, o.logChange),
		budget:  &budget{since: time.Now()},
		slots:   make(chan struct{}, o.Concurrency),
	}
}

// logChange logs once that a peer went down, and once that it is back, even when many calls see it.
func (o Options) logChange(away bool) {
	if away {
		o.Log.Warn("peer unavailable: calls to it fail at once", "peer", o.Peer)
		return
	}
	o.Log.Info("peer available again", "peer", o.Peer)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// Name is the peer's name.
func (p *Policy) Name() string { return p.o.Peer }

// State is the state of the breaker: "closed", "open" or "half_open".
func (p *Policy) State() string { return p.circuit.state() }

// Do makes the call, repeats it when that is safe and may help, and returns the last error. While the breaker is open it returns
// fault.ErrUnavailable at once, with how long to wait. It gives each attempt a context of its own (see timeout).
func (p *Policy) Do(ctx context.Context, safe bool, call func(ctx context.Context) error) error {
	var last error
	for n := 1; ; n++ {
		called, err := p.attempt(ctx, n, safe, call)
		if !called {
			if refusal := fault.From(err); last != nil {
				refusal.Err = errors.Join(refusal.Err, last) // the error of the earlier attempt explains more
			}
			return err
		}
		if !safe || !worthRepeating(err) || n >= p.o.Attempts || !p.pause(ctx, n, fault.From(err).RetryAfter) {
			return err
		}
		last = err
	}
}

// pause waits before attempt n+1, and reports whether to make it: not without a fair time, because all callers share the budget.
func (p *Policy) pause(ctx context.Context, n int, asked time.Duration) bool {
	if asked > longestAsk || ctx.Err() != nil {
		return false
	}
	ceiling := min(p.o.BaseDelay<<min(n-1, 16), 500*time.Millisecond)
	delay := asked + time.Duration(p.o.Rand()*float64(ceiling))
	if p.left(ctx)-delay < p.fairTime() || !p.budget.spend() {
		return false
	}
	p.o.Sleep(ctx, delay)
	return ctx.Err() == nil
}

// left is the time that the caller still has; without a deadline, more than the time of an attempt.
func (p *Policy) left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64
	}
	return time.Until(deadline)
}

// fairTime is the time that a peer must have had before its failure counts.
func (p *Policy) fairTime() time.Duration { return min(blameAfter, p.o.Timeout) }

// timeout is the time for an attempt. Before the last one it is half the time left, or a fair time, to leave time for the next.
func (p *Policy) timeout(ctx context.Context, last bool) time.Duration {
	left := p.left(ctx)
	if !last {
		left = min(left, max(left/2, p.fairTime()))
	}
	return min(p.o.Timeout, left)
}

// attempt reports in called whether the peer was called at all.
func (p *Policy) attempt(ctx context.Context, n int, safe bool, call func(context.Context) error) (called bool, err error) {
	fair := func() bool { return p.left(ctx) >= p.fairTime() }
	if wait, open := p.circuit.refuses(fair()); open { // while the breaker is open a call does not wait for a place
		return false, p.refusal("breaker open", nil).After(wait)
	}
	if err := p.acquire(ctx); err != nil {
		return false, p.refusal("no call was made in time", err)
	}
	defer func() { <-p.slots }()
	pass, wait, ok := p.circuit.enter(fair())
	if !ok {
		return false, p.refusal("breaker open", nil).After(wait)
	}
	timeout := p.timeout(ctx, !safe || n == p.o.Attempts || pass.probe) // no attempt follows a failed probe
	given := timeout >= p.fairTime()
	result := failed // also when call panics
	if !given {
		result = neutral
	}
	defer func() { p.circuit.leave(pass, result) }()
	if n == 1 && given {
		p.budget.earn()
	}

	attemptCtx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = call(attemptCtx)
	result = classify(ctx, err, given)
	return true, err
}

// acquire takes a place in the bulkhead, unless the caller's time ends in the queue.
func (p *Policy) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.slots <- struct{}{}:
		if err := ctx.Err(); err != nil {
			<-p.slots
			return err
		}
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("bulkhead full"), ctx.Err())
	}
}

func (p *Policy) refusal(why string, cause error) *fault.Error {
	return fault.ErrUnavailable.New("Un servicio necesario no responde. Repita la petición en unos segundos.").
		Because(errors.Join(errors.New(p.o.Peer+": "+why), cause))
}
