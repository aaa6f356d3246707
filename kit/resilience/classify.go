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

// blameAfter is how long a peer must be given before its failure is held against it. Who calls this service chooses the
// deadline, so a shorter one must not be a way to open the breaker; a peer that hangs is blamed although the caller lost patience.
const blameAfter = 500 * time.Millisecond

// classify says what the end of an attempt means for the breaker. A caller who left is neither success nor failure. An attempt
// that was not given a fair time can only succeed: neither its end nor what the peer says of it ("too late", 503) counts, since
// the caller brought that about. A deadline that lapses after a fair time, of the attempt or of the whole request, is a failure.
func classify(ctx context.Context, err error, fair bool) outcome {
	switch fault.CodeOf(err) {
	case fault.Unavailable, fault.Internal:
	case fault.RateLimited:
		return neutral
	default:
		return succeeded
	}
	if !fair || errors.Is(ctx.Err(), context.Canceled) {
		return neutral
	}
	return failed
}

func worthRepeating(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.Unavailable || code == fault.RateLimited
}
