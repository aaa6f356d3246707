package httpserver

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"
)

// installHumaHooks replaces Huma's own error documents, which would repeat the values of the request, passwords included. Huma
// keeps these hooks in package variables, so they are set once for the process.
var installHumaHooks = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true  // else `NOMBRE` fills `nombre`
	huma.DefaultArrayNullable = false // lists of these services may be empty, but are never null
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return problem.Of(humaFault(status, msg, errs))
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		err := late(ctx.Context(), humaFault(status, msg, errs))
		if fault.CodeOf(err) == fault.Invalid {
			if hidden := rest.Hidden(ctx); hidden != nil {
				err = hidden
			}
		}
		c := humafiber.Unwrap(ctx)
		c.Locals(errorLocal, err)
		p := problem.Of(err)
		p.Instance = instanceOf(c)
		p.RequestID = logging.RequestFrom(ctx.Context()).ID
		if p.RetryAfter > 0 {
			ctx.SetHeader("Retry-After", strconv.Itoa(p.RetryAfter))
		}
		if c := challenge(ctx, p); c != "" {
			ctx.SetHeader("WWW-Authenticate", c)
		}
		return p
	}
})

const realm = `realm="tienda"`

// challenge says how to authenticate (RFC 9110, section 11.6.1): an OAuth client by HTTP Basic (RFC 6749, section 5.2), every
// other caller by a token. It says what is wrong with a token that was sent, and gives no reason when none was sent (RFC 6750,
// section 3.1).
func challenge(ctx huma.Context, p *problem.Document) string {
	scope, lacking := p.Extra[fault.Scope].(string)
	switch {
	case p.Status == http.StatusForbidden && lacking:
		return "Bearer " + realm + `, error="insufficient_scope", scope="` + scope + `"`
	case p.Status != http.StatusUnauthorized:
		return ""
	case p.Extra["error"] == "invalid_client":
		return "Basic " + realm + `, charset="UTF-8"`
	case sendsToken(ctx):
		return "Bearer " + realm + `, error="invalid_token"`
	}
	return "Bearer " + realm
}

// sendsToken reports whether the request has a token that the operation checks: only such a token can be wrong.
func sendsToken(ctx huma.Context) bool {
	scheme, _, _ := strings.Cut(ctx.Header("Authorization"), " ")
	return len(ctx.Operation().Security) > 0 && strings.EqualFold(scheme, rest.Bearer)
}

// humaFault is the fault in Huma's answer: a handler's error, or the errors of validation.
func humaFault(status int, msg string, errs []error) error {
	switch status {
	case http.StatusInternalServerError:
		if len(errs) > 0 {
			return errs[0]
		}
		return fault.ErrInternal.New("Ha ocurrido un error interno.")
	case http.StatusBadRequest:
		if msg == "request body is required" {
			return problem.ErrUnreadable.New("Falta el cuerpo de la petición.")
		}
		return problem.ErrUnreadable.New("El cuerpo no se puede leer como JSON.")
	case http.StatusRequestEntityTooLarge:
		return problem.ErrTooLarge.New("El cuerpo puede tener hasta %d KiB.", MaxBodyBytes>>10)
	case http.StatusUnsupportedMediaType:
		return problem.ErrMedia.New("Envíe el cuerpo con Content-Type: application/json.")
	}
	return validationFault(errs)
}
