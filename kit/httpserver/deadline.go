package httpserver

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
)

// shorten gives ctx the deadline that a calling service sends: it would not read a later answer. The header of other callers is
// ignored: a customer with a very short deadline would make peers look broken.
func shorten(ctx huma.Context, caller authn.Caller) (context.Context, context.CancelFunc) {
	if _, service := caller.Service(); service {
		if ms, err := strconv.Atoi(ctx.Header(HeaderTimeout)); err == nil && ms > 0 {
			return context.WithTimeout(ctx.Context(), time.Duration(min(ms, 1<<30))*time.Millisecond)
		}
	}
	return ctx.Context(), func() {}
}

// late is the fault for a passed deadline, when that is why a peer or the database did not answer.
func late(ctx context.Context, err error) error {
	if errors.Is(err, fault.ErrDeadline) { // the first fault says more
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && fault.CodeOf(err) == fault.Unavailable {
		return fault.ErrDeadline.New("La petición no se completó en el plazo que tenía. Repítala en unos segundos.").
			After(fault.From(err).RetryAfter).Because(err)
	}
	return err
}
