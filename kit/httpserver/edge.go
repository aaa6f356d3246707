package httpserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/remote"
	"github.com/tienda-go/tienda/kit/telemetry"
	"github.com/tienda-go/tienda/kit/transport"
)

const (
	maxLoggedPath = 200 // bytes; clients must not decide how fast the log grows

	// headerTimeout has the milliseconds that a calling service still has; it counts only with a service's token.
	headerTimeout = "X-Timeout-Ms"
)

// requestIDPattern is what a client may send as X-Request-Id; any other value is replaced.
var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._:/+=-]{1,128}$`)

// edge wraps every request: ids and trace, deadline, panics, and at the end its log line and its metrics.
func (s *Server) edge(c *fiber.Ctx) error {
	start := time.Now()
	id := c.Get("X-Request-Id")
	if !requestIDPattern.MatchString(id) {
		id = ""
	}
	ctx, cancel := context.WithTimeout(s.begin(c, id, c.Get("traceparent"), c.Request().Header.PeekAll), s.options.Timeout)
	defer cancel()
	c.SetUserContext(ctx)

	err := transport.Refusal(c.Context())
	if err != nil {
		err = s.admitRefused(c, authn.Caller{}, err)
	} else if err = s.protected(c); err != nil { // an unknown path, a wrong method, a panic
		err = s.admitRefused(c, s.visitor(c), err)
	}
	if err != nil {
		if failed := s.handleError(c, err); failed != nil {
			return failed
		}
	}
	if c.Response().StatusCode() == fiber.StatusNotModified { // without content there is no content type (RFC 9110, section 15.4.5)
		c.Response().Header.SetNoDefaultContentType(true)
		c.Response().Header.Del(fiber.HeaderContentType)
	}
	if s.draining.Load() {
		c.Context().SetConnectionClose()
	}
	makeLocationRelative(c)
	s.observe(ctx, c, transport.MethodOf(c.Context()), routeOf(c), time.Since(start))
	return nil
}

// begin sets the ids and the client of a request, and the common headers of its answer.
func (s *Server) begin(c *fiber.Ctx, id, traceparent string, lines func(header string) [][]byte) context.Context {
	request := logging.NewRequest(id, traceparent)
	ctx := context.Background()
	if !s.polled[c.Path()] {
		ctx = s.options.Tracer.Begin(ctx, &request, traceparent)
	}
	ctx = logging.WithRequest(ctx, request)
	ctx = remote.With(ctx, s.proxies.Locate(c.Context().RemoteAddr(), lines))
	c.SetUserContext(ctx)
	s.decorate(c)
	return ctx
}

func (s *Server) decorate(c *fiber.Ctx) {
	c.Set("X-Request-Id", logging.RequestFrom(c.UserContext()).ID)
	setSecurityHeaders(c)
	s.allowOrigin(c)
}

// arrive is edge for a request that could not be read: nothing of it is used. The returned function logs it with its answer.
func (s *Server) arrive(c *fiber.Ctx) (answered func()) {
	ctx := s.begin(c, "", "", nil)
	return func() { s.observe(ctx, c, "unread", "unmatched", 0) }
}

// protected runs the handlers; a panic ends only this request (with Fiber alone it would end the process).
func (s *Server) protected(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.ErrInternal.New("Ha ocurrido un error interno.").Because(panicked{value: p, stack: debug.Stack()})
		}
	}()
	return c.Next()
}

type panicked struct {
	value any
	stack []byte
}

func (p panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// frames is the stack as a list, because a log line is one line.
func (p panicked) frames() (list []string) {
	for line := range strings.Lines(string(p.stack)) {
		list = append(list, strings.TrimSpace(line))
	}
	return list
}

func (s *Server) observe(ctx context.Context, c *fiber.Ctx, method, route string, took time.Duration) {
	status, from := c.Response().StatusCode(), remote.From(c.UserContext())
	s.metrics.observe(method, route, status, took)
	var refused *fault.Error
	code, err := "", refusal.Of(c)
	if err != nil {
		refused = fault.From(err)
		code = refused.Kind.Reason()
	}
	telemetry.End(ctx, telemetry.Answer{Method: method, Route: route, Status: status, Code: code})

	level := slog.LevelInfo
	if refusedStatus(status) && !s.refused.Write(from.Network) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", method),
		slog.String("route", route),
		slog.String("address", from.Address),
		slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.Int("bytes", len(c.Response().Body())),
	}
	if route != "unmatched" { // a path without a route may have any text and any length
		attrs = append(attrs, slog.String("path", c.Path()[:min(len(c.Path()), maxLoggedPath)]))
	}
	if err != nil {
		attrs = append(attrs, slog.String("codigo", code))
		switch {
		case status >= 500:
			level = slog.LevelError
			if status == fiber.StatusServiceUnavailable {
				level = slog.LevelWarn
			}
			attrs = append(attrs, slog.Any("error", err))
		case refused.Err != nil:
			attrs = append(attrs, slog.Any("error", refused.Err))
		}
		if p, ok := errors.AsType[panicked](err); ok {
			attrs = append(attrs, slog.Any("stack", p.frames()))
		}
	}
	if s.polled[route] && (status < 400 || s.uncounted[route]) { // GET /health/ready itself logs its changes
		level = slog.LevelDebug
	}
	s.options.Log.LogAttrs(ctx, level, "request", attrs...)
}

// refusedStatus reports whether a request was refused before any work, so that it was cheap to send: not by a conflict.
func refusedStatus(status int) bool {
	return status >= 400 && status < 500 && status != fiber.StatusConflict && status != fiber.StatusPreconditionFailed ||
		status == fiber.StatusServiceUnavailable
}

// routeOf is the pattern that matched, or "unmatched": a label that has few values for any requests.
func routeOf(c *fiber.Ctx) string {
	if r := c.Route(); r != nil && r.Path != "/" {
		return r.Path
	}
	return "unmatched"
}
