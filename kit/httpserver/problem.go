package httpserver

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/problem"
)

// handleError answers the requests that Fiber and fasthttp refuse: unknown routes, wrong methods, slow, large and broken
// requests, and panics.
func (s *Server) handleError(c *fiber.Ctx, err error) error {
	unread := logging.RequestFrom(c.UserContext()).ID == ""
	if unread { // fasthttp could not read the request: no middleware runs for it
		defer s.arrive(c)()
	}
	var shown error
	var refused *fiber.Error
	switch {
	case !errors.As(err, &refused):
		shown = err
	case refused.Code == fiber.StatusNotFound:
		shown = fault.ErrNotFound.New("No hay nada en esta dirección. Consulte /docs.")
	case refused.Code == fiber.StatusMethodNotAllowed:
		allowHead(c)
		shown = problem.ErrMethod.New("Este recurso no admite el método; los admitidos están en la cabecera Allow.")
	case refused.Code == fiber.StatusRequestTimeout:
		shown = problem.ErrSlow.New("La petición debe llegar entera en %d segundos.", int(readTimeout.Seconds()))
	case refused.Code == fiber.StatusRequestEntityTooLarge:
		shown = problem.ErrTooLarge.New("El cuerpo puede tener hasta %d KiB.", MaxBodyBytes>>10)
	case refused.Code == fiber.StatusRequestHeaderFieldsTooLarge:
		shown = problem.ErrLongHeaders.New("Las cabeceras pueden tener hasta %d KiB en total.", maxHeaderBytes>>10)
	default:
		shown = problem.ErrUnreadable.New("La petición no cumple HTTP/1.1.") // the cause quotes the request, passwords too
	}
	if unread {
		linger(c.Context().Conn()) // the rest of the long headers may still arrive
		shown = s.admitRefused(c, authn.Caller{}, shown)
	}
	return s.writeProblem(c, shown)
}

// writeProblem answers outside of Huma.
func (s *Server) writeProblem(c *fiber.Ctx, err error) error {
	err = late(c.UserContext(), err)
	p := problem.Of(err)
	p.Instance = instanceOf(c)
	p.RequestID = logging.RequestFrom(c.UserContext()).ID
	c.Locals(errorLocal, err)
	if p.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.RetryAfter))
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, problem.ContentType)
	return c.Status(p.Status).Send(raw)
}

// instanceOf is the path of the request as a valid reference (RFC 3986), also when the client has sent an invalid one; "" for a
// path that is too long to repeat.
func instanceOf(c *fiber.Ctx) string {
	if len(c.Path()) > maxLoggedPath {
		return ""
	}
	u, err := url.ParseRequestURI(c.Path())
	if err != nil {
		u = &url.URL{Path: c.Path()}
	}
	path := u.EscapedPath()
	if strings.HasPrefix(path, "//") { // else the reference would name a host
		return "/." + path
	}
	return path
}
