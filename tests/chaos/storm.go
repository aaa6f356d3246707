package chaos

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tienda-go/tienda/tests/shop"

	"github.com/tienda-go/tienda/kit/dbtest"
)

// storm carries a plan out on a shop.
type storm struct {
	plan    Plan
	shop    *shop.Shop
	links   []*Link
	cluster *dbtest.Cluster // nil on SQLite
	record  *Record
}

// blow returns when every lane has ended, or ctx has ended, and every fault is mended or its process is starting.
func (s *storm) blow(ctx context.Context) {
	var lanes sync.WaitGroup
	for _, l := range s.plan.Lanes {
		breaker, err := s.breaker(l.Target)
		if err != nil {
			s.record.Violate("harness", "%v", err)
			continue
		}
		lanes.Go(func() {
			for _, step := range l.Steps {
				if !pause(ctx, step.After) {
					return
				}
				if err := breaker.begin(step); err != nil {
					s.record.Violate("harness", "%s: %s: %v", l.Target, step.Kind, err)
					return
				}
				s.record.count(faults, 1)
				s.record.count(step.Kind.line(), 1)
				pause(ctx, step.For)
				if err := breaker.end(step); err != nil {
					s.record.Violate("harness", "%s: end of %s: %v", l.Target, step.Kind, err)
					return
				}
			}
		})
	}
	lanes.Wait()
}

// pause waits, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// breaker breaks and mends one target.
type breaker struct{ begin, end func(Step) error }

func (s *storm) breaker(target string) (breaker, error) {
	if target == "postgres" && s.cluster != nil {
		return breaker{
			begin: func(Step) error { return s.cluster.Kill() },
			end:   func(Step) error { return s.cluster.Start() },
		}, nil
	}
	for _, l := range s.links {
		if l.String() == target {
			return breaker{begin: l.Spoil, end: func(Step) error { return l.Heal() }}, nil
		}
	}
	if slices.Contains(s.shop.Instances(), target) {
		return breaker{
			begin: func(step Step) error { return s.strike(target, step) },
			end:   func(step Step) error { return s.revive(target, step) },
		}, nil
	}
	return breaker{}, fmt.Errorf("the plan breaks %q, which this shop does not have", target)
}

func (s *storm) strike(name string, step Step) error {
	switch {
	case s.shop.Ended(name):
		s.record.Violate("alive", "%s ended by itself: %s", name, s.shop.LastLines(name))
	case step.Kind == Pause:
		s.shop.Pause(name)
	default:
		s.shop.Kill(name)
	}
	return nil
}

func (s *storm) revive(name string, step Step) error {
	if step.Kind == Pause {
		s.shop.Resume(name)
		return nil
	}
	return s.shop.Launch(name)
}
