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

// shorten gives ctx the deadline that a calling service sends: an answer that comes later would not be read. Of other callers the
// header is ignored: a customer who gives a request no time would make the peers that it needs look broken.
func shorten(ctx huma.Context, caller authn.Caller) (context.Context, context.CancelFunc) {
	if _, service := caller.Service(); service {
		if ms, err := strconv.Atoi(ctx.Header(HeaderTimeout)); err == nil && ms > 0 {
			return context.WithTimeout(ctx.Context(), time.Duration(min(ms, 1<<30))*time.Millisecond)
		}
	}
	return ctx.Context(), func() {}
}

// late says that the request's time is over, where that is why something that it needs did not answer.
func late(ctx context.Context, err error) error {
	if errors.Is(err, fault.ErrDeadline) { // who knew it has said more
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && fault.CodeOf(err) == fault.Unavailable {
		return fault.ErrDeadline.New("La petición no se completó en el plazo que tenía. Repítala en unos segundos.").
			After(fault.From(err).RetryAfter).Because(err)
	}
	return err
}
