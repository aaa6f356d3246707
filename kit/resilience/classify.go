package resilience

import (
	"context"
	"errors"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

type outcome int

const (
	succeeded outcome = iota
	failed
	neutral // says nothing about the peer
)

// blameAfter is how long a peer must have had before silence is held against it. Whoever calls this service chooses the
// deadline, so a shorter one must not be a way to open the breaker; a peer that hangs is blamed whoever lost patience.
const blameAfter = 500 * time.Millisecond

// classify says what the end of an attempt means for the breaker. A caller who left is neither success nor failure; a deadline
// that lapsed, of the attempt or of the whole request, is a failure if the peer had a fair chance.
func (p *Policy) classify(ctx, attempt context.Context, err error, took time.Duration) outcome {
	switch fault.CodeOf(err) {
	case fault.Unavailable, fault.Internal:
	case fault.RateLimited:
		return neutral
	default:
		return succeeded
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return neutral
	}
	if attempt.Err() != nil && took < min(blameAfter, p.o.Timeout) {
		return neutral
	}
	return failed
}

func worthRepeating(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.Unavailable || code == fault.RateLimited
}
