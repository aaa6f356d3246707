package httpserver

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
)

const problemType = "application/problem+json"

// The refusals that are about HTTP itself.
var (
	errUnreadable  = fault.Define(fault.Invalid, "PETICION_ILEGIBLE", "Petición ilegible")
	errMethod      = fault.Define(fault.Invalid, "METODO_NO_PERMITIDO", "Método no permitido")
	errSlow        = fault.Define(fault.Invalid, "PETICION_LENTA", "La petición no llegó a tiempo")
	errTooLarge    = fault.Define(fault.Invalid, "CUERPO_DEMASIADO_GRANDE", "Cuerpo demasiado grande")
	errMedia       = fault.Define(fault.Invalid, "TIPO_NO_ADMITIDO", "Tipo de contenido no admitido")
	errLongHeaders = fault.Define(fault.Invalid, "CABECERAS_DEMASIADO_GRANDES", "Cabeceras demasiado grandes")
)

// Problem is a problem document of RFC 9457.
type Problem struct {
	_          struct{}       `additionalProperties:"true"`
	Type       string         `json:"type" format:"uri-reference" doc:"Identifica la clase de problema" example:"/problemas/stock-insuficiente"`
	Title      string         `json:"title" doc:"Resumen de la clase de problema"`
	Status     int            `json:"status" doc:"Código de estado HTTP" example:"409"`
	Detail     string         `json:"detail" doc:"Qué ha pasado y cómo remediarlo"`
	Instance   string         `json:"instance,omitempty" format:"uri-reference" doc:"La ruta pedida"`
	Codigo     string         `json:"codigo" doc:"El mismo nombre para programas" example:"STOCK_INSUFICIENTE"`
	RequestID  string         `json:"request_id,omitempty" required:"true" doc:"Identificador de la petición, para buscarla en los registros"`
	Errores    []fault.Field  `json:"errores,omitempty" hidden:"true"` // only VALIDACION has them in the document
	extra      map[string]any // lineas, disponible, version_actual …
	retryAfter int            // seconds; 0 = no header
}

// statusOf is the only mapping from faults to HTTP statuses: first by the kinds of this package, then by the code.
func statusOf(k *fault.Kind) int {
	switch k {
	case errUnreadable:
		return http.StatusBadRequest
	case errMethod:
		return http.StatusMethodNotAllowed
	case errSlow:
		return http.StatusRequestTimeout
	case errTooLarge:
		return http.StatusRequestEntityTooLarge
	case errMedia:
		return http.StatusUnsupportedMediaType
	case errLongHeaders:
		return http.StatusRequestHeaderFieldsTooLarge
	}
	switch k.Code() {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Precondition:
		return http.StatusPreconditionFailed
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// newProblem is err as a client may see it: its kind, its detail and its further members, never its cause.
func newProblem(err error) *Problem {
	f := fault.From(err)
	p := &Problem{
		Type:    "/problemas/" + strings.ReplaceAll(strings.ToLower(f.Kind.Reason()), "_", "-"),
		Title:   f.Kind.Title(),
		Status:  statusOf(f.Kind),
		Detail:  f.Detail,
		Codigo:  f.Kind.Reason(),
		Errores: f.Fields,
		extra:   f.Extra,
	}
	if p.Detail == "" {
		p.Detail = p.Title + "."
	}
	if f.RetryAfter > 0 {
		p.retryAfter = int(math.Ceil(f.RetryAfter.Seconds()))
	} else if code := f.Kind.Code(); code == fault.Unavailable || code == fault.RateLimited {
		p.retryAfter = 1
	}
	return p
}

// GetStatus and Error make Problem a huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }
func (p *Problem) Error() string  { return p.Codigo }

// ContentType gives Huma the media type of a problem.
func (p *Problem) ContentType(string) string { return problemType }

// MarshalJSON writes the further members beside the standard ones, which they never replace.
func (p *Problem) MarshalJSON() ([]byte, error) {
	type standard Problem
	raw, err := json.Marshal((*standard)(p))
	if err != nil || len(p.extra) == 0 {
		return raw, err
	}
	extra := make(map[string]any, len(p.extra))
	for member, value := range p.extra {
		switch member {
		case "type", "title", "status", "detail", "instance", "codigo", "request_id", "errores":
		default:
			extra[member] = value
		}
	}
	more, err := json.Marshal(extra)
	if err != nil || len(extra) == 0 {
		return raw, err
	}
	raw[len(raw)-1] = ','
	return append(raw, more[1:]...), nil
}

// handleError answers the requests that Fiber and fasthttp refuse: unknown routes, wrong methods, slow, large and broken
// requests, and panics.
func (s *Server) handleError(c *fiber.Ctx, err error) error {
	var refused *fiber.Error
	raised := !errors.As(err, &refused) // by a handler, not by Fiber
	unread := logging.RequestFrom(c.UserContext()).ID == ""
	if unread { // fasthttp could not read the request: no middleware runs for it
		if !raised && refused.Code == fiber.StatusRequestHeaderFieldsTooLarge {
			awaitOrigin(c.Context().Conn())
		}
		defer s.arrive(c)()
	}
	var shown error
	switch {
	case raised:
		shown = err
	case refused.Code == fiber.StatusNotFound:
		shown = fault.ErrNotFound.New("No hay nada en esta dirección. Consulte /docs.")
	case refused.Code == fiber.StatusMethodNotAllowed:
		allowHead(c)
		shown = errMethod.New("Este recurso no admite el método; los admitidos están en la cabecera Allow.")
	case refused.Code == fiber.StatusRequestTimeout:
		shown = errSlow.New("La petición debe llegar entera en %d segundos.", int(readTimeout.Seconds()))
	case refused.Code == fiber.StatusRequestEntityTooLarge:
		shown = errTooLarge.New("El cuerpo puede tener hasta %d KiB.", MaxBodyBytes>>10)
	case refused.Code == fiber.StatusRequestHeaderFieldsTooLarge:
		shown = errLongHeaders.New("Las cabeceras pueden tener hasta %d KiB en total.", maxHeaderBytes>>10)
	default:
		shown = errUnreadable.New("La petición no cumple HTTP/1.1.") // the cause quotes the request, passwords too
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
	p := newProblem(err)
	p.Instance = instanceOf(c)
	p.RequestID = logging.RequestFrom(c.UserContext()).ID
	c.Locals(errorLocal, err)
	if p.retryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.retryAfter))
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, problemType)
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
