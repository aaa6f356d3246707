package httpserver

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
)

// installHumaHooks replaces Huma's own error documents, which would echo the values that were sent, passwords included.
// Huma keeps these hooks in package variables, so they are set once for the process.
var installHumaHooks = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true  // else `NOMBRE` fills `nombre`
	huma.DefaultArrayNullable = false // a list of ours is empty, never null
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return newProblem(humaFault(status, msg, errs))
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		err := late(ctx.Context(), humaFault(status, msg, errs))
		if fault.CodeOf(err) == fault.Invalid {
			if hidden := checkVisible(ctx); hidden != nil {
				err = hidden
			}
		}
		c := humafiber.Unwrap(ctx)
		c.Locals(errorLocal, err)
		p := newProblem(err)
		p.Instance = instanceOf(c)
		p.RequestID = logging.RequestFrom(ctx.Context()).ID
		if p.retryAfter > 0 {
			ctx.SetHeader("Retry-After", strconv.Itoa(p.retryAfter))
		}
		if p.Status == http.StatusUnauthorized {
			ctx.SetHeader("WWW-Authenticate", challenge(p))
		}
		return p
	}
})

// challenge tells how to authenticate (RFC 9110, section 11.6.1): an OAuth client by HTTP Basic (RFC 6749, section 5.2), everybody
// else by a token.
func challenge(p *Problem) string {
	if p.extra["error"] == "invalid_client" {
		return `Basic realm="tienda", charset="UTF-8"`
	}
	return `Bearer realm="tienda"`
}

// humaFault reads what Huma is about to answer: a handler's error, or what validation found.
func humaFault(status int, msg string, errs []error) error {
	switch status {
	case http.StatusInternalServerError:
		if len(errs) > 0 {
			return errs[0]
		}
		return fault.ErrInternal.New("Ha ocurrido un error interno.")
	case http.StatusBadRequest:
		if msg == "request body is required" {
			return errUnreadable.New("Falta el cuerpo de la petición.")
		}
		return errUnreadable.New("El cuerpo no se puede leer como JSON.")
	case http.StatusRequestEntityTooLarge:
		return errTooLarge.New("El cuerpo puede tener hasta %d KiB.", MaxBodyBytes>>10)
	case http.StatusUnsupportedMediaType:
		return errMedia.New("Envíe el cuerpo con Content-Type: application/json.")
	}
	return validationFault(errs)
}
