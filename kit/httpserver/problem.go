package httpserver

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/transport"
)

// handleError answers what Fiber and fasthttp refuse: unknown routes, wrong methods, slow, large, broken requests; and panics.
func (s *Server) handleError(c *fiber.Ctx, err error) error {
	refused, byFiber := errors.AsType[*fiber.Error](err) // else a handler has returned err
	unread := logging.RequestFrom(c.UserContext()).ID == ""
	if unread { // fasthttp could not read the request: no middleware runs for it
		if byFiber && refused.Code == fiber.StatusRequestHeaderFieldsTooLarge {
			transport.AwaitOrigin(c.Context().Conn())
		}
		defer s.arrive(c)()
	}
	var shown error
	switch {
	case !byFiber:
		shown = err
	case refused.Code == fiber.StatusNotFound:
		shown = fault.ErrNotFound.New("No hay nada en esta dirección. Consulte /docs.")
	case refused.Code == fiber.StatusMethodNotAllowed:
		allowHead(c)
		shown = problem.ErrMethod.New("Este recurso no admite el método; los admitidos están en la cabecera Allow.")
	case refused.Code == fiber.StatusRequestTimeout:
		shown = transport.Slow()
	case refused.Code == fiber.StatusRequestEntityTooLarge:
		shown = transport.TooLarge()
	case refused.Code == fiber.StatusRequestHeaderFieldsTooLarge:
		shown = problem.ErrLongHeaders.New("Las cabeceras pueden tener hasta %d KiB en total.", transport.MaxHead>>10)
	default:
		shown = problem.ErrUnreadable.New("La petición no cumple HTTP/1.1.") // the cause quotes the request, passwords too
	}
	if unread {
		transport.Linger(c.Context().Conn()) // the rest of the long headers may still arrive
		shown = s.admitRefused(c, authn.Caller{}, shown)
	}
	return refusal.Write(c, shown)
}

func allowHead(c *fiber.Ctx) {
	allowed := strings.Split(c.GetRespHeader(fiber.HeaderAllow), ", ")
	if slices.Contains(allowed, fiber.MethodGet) && !slices.Contains(allowed, fiber.MethodHead) {
		c.Append(fiber.HeaderAllow, fiber.MethodHead)
	}
}
