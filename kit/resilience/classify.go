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

// blameAfter is how long a peer must be given before its failure counts. The caller of this service chooses the deadline, so a
// shorter deadline must not open the breaker; after this time a peer that hangs counts as failed, also when the caller cancels
// the request.
const blameAfter = 500 * time.Millisecond

// classify says what the end of an attempt means for the breaker. A cancelled call is neither success nor failure. An attempt
// with less than a fair time cannot fail: neither its timeout nor the peer's 503 for lack of time counts, because the caller
// caused them. A deadline that passes after a fair time, of the attempt or of the whole request, is a failure.
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
