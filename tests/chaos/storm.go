package chaos

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// blow carries the plan out. It returns when every lane has ended, or ctx has ended, and every fault is mended or its process is
// starting.
func (r *run) blow(ctx context.Context) {
	var lanes sync.WaitGroup
	for _, l := range r.plan.Lanes {
		breaker, err := r.breaker(l.Target)
		if err != nil {
			r.record.Violate("harness", "%v", err)
			continue
		}
		lanes.Go(func() {
			for _, step := range l.Steps {
				if !pause(ctx, step.After) {
					return
				}
				if err := breaker.begin(step); err != nil {
					r.record.Violate("harness", "%s: %s: %v", l.Target, step.Kind, err)
					return
				}
				r.record.count(faults, 1)
				r.record.count(step.Kind.line(), 1)
				pause(ctx, step.For)
				if err := breaker.end(step); err != nil {
					r.record.Violate("harness", "%s: end of %s: %v", l.Target, step.Kind, err)
					return
				}
			}
		})
	}
	lanes.Wait()
}

// pause waits, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// within waits for a condition, at most until the deadline or the end of the run, and reports whether it came true.
func (r *run) within(deadline time.Time, condition func() bool) bool {
	for !condition() {
		if time.Now().After(deadline) || !pause(r.ctx, 50*time.Millisecond) {
			return false
		}
	}
	return true
}

// breaker breaks and mends one target.
type breaker struct{ begin, end func(Step) error }

func (r *run) breaker(target string) (breaker, error) {
	if target == "postgres" && r.cluster != nil {
		return breaker{
			begin: func(Step) error { return r.cluster.Kill() },
			end:   func(Step) error { return r.cluster.Start() },
		}, nil
	}
	for _, l := range r.links {
		if l.String() == target {
			return breaker{begin: l.Spoil, end: func(Step) error { return l.Heal() }}, nil
		}
	}
	if slices.Contains(r.shop.Instances(), target) {
		return breaker{
			begin: func(step Step) error { return r.strike(target, step) },
			end:   func(step Step) error { return r.revive(target, step) },
		}, nil
	}
	return breaker{}, fmt.Errorf("the plan breaks %q, which this shop does not have", target)
}

func (r *run) strike(name string, step Step) error {
	switch {
	case r.shop.Ended(name):
		r.record.Violate("alive", "%s ended by itself: %s", name, r.shop.LastLines(name, 5))
	case step.Kind == Pause:
		r.shop.Pause(name)
	default:
		r.shop.Kill(name)
	}
	return nil
}

func (r *run) revive(name string, step Step) error {
	if step.Kind == Pause {
		r.shop.Resume(name)
		return nil
	}
	return r.shop.Launch(name)
}
