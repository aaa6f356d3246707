package httpserver

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/input"
	"github.com/tienda-go/tienda/kit/limits"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/rest"
)

// authenticate enforces an operation's `security`. Without it the operation refuses all callers: forgetting it makes none public.
func (s *Server) authenticate(ctx huma.Context, next func(huma.Context)) {
	security := ctx.Operation().Security
	if security == nil {
		refusal.Send(s.api, ctx, fault.ErrForbidden.New("Esta operación no está abierta a nadie."))
		return
	}
	caller, err := s.callerOf(ctx, security)
	if limited := s.admit(humafiber.Unwrap(ctx), caller); limited != nil { // a request with a guessed token counts too
		err = limited
	}
	if err != nil {
		refusal.Send(s.api, ctx, err)
		return
	}
	if caller.Subject == "" {
		next(ctx)
		return
	}
	logging.SetUser(ctx.Context(), caller.Subject)
	for _, scope := range rest.ScopesOf(ctx.Operation()) {
		if !caller.Can(scope) {
			refusal.Send(s.api, ctx, fault.ErrForbidden.New("Su token no tiene el permiso %s.", scope).Needs(scope))
			return
		}
	}
	shorter, cancel := shorten(ctx, caller)
	defer cancel()
	next(huma.WithContext(ctx, authn.WithCaller(shorter, caller)))
}

// callerOf is the caller of the request; without a Subject when the operation needs no token and none was sent.
func (s *Server) callerOf(ctx huma.Context, security []map[string][]string) (authn.Caller, error) {
	if len(security) == 0 {
		return authn.Caller{}, nil
	}
	token, sent, err := bearerToken(humafiber.Unwrap(ctx))
	switch {
	case err != nil:
		return authn.Caller{}, err
	case sent:
		return s.options.Auth.Verify(ctx.Context(), token)
	case len(security[0]) > 0:
		return authn.Caller{}, fault.ErrUnauthenticated.New("Falta la cabecera Authorization: Bearer con un token de acceso.")
	}
	return authn.Caller{}, nil
}

// bearerToken reads the Authorization header; two such headers are refused, also when one is good.
func bearerToken(c *fiber.Ctx) (token string, sent bool, err error) {
	headers := c.Request().Header.PeekAll(fiber.HeaderAuthorization)
	if len(headers) == 0 {
		return "", false, nil
	}
	scheme, token, found := strings.Cut(string(headers[0]), " ")
	if len(headers) > 1 || !found || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", true, fault.ErrUnauthenticated.New("La cabecera Authorization debe ser una sola, con la forma Bearer TOKEN.")
	}
	return token, true, nil
}

// shorten gives ctx the deadline that a calling service sends. From a customer, a very short one would make peers look broken.
func shorten(ctx huma.Context, caller authn.Caller) (context.Context, context.CancelFunc) {
	if _, service := caller.Service(); service {
		if ms, err := strconv.Atoi(ctx.Header(headerTimeout)); err == nil && ms > 0 {
			return context.WithTimeout(ctx.Context(), time.Duration(min(ms, 1<<30))*time.Millisecond)
		}
	}
	return ctx.Context(), func() {}
}

// receive reads the body, after the caller's token and scope were checked.
func (s *Server) receive(ctx huma.Context, next func(huma.Context)) {
	received, err := input.Receive(ctx)
	if err != nil {
		refusal.Send(s.api, received, err)
		return
	}
	next(received)
}

func (s *Server) shed(ctx huma.Context, next func(huma.Context)) {
	places, name := s.inFlight[ctx.Operation()], ""
	caller, _ := authn.CallerFrom(ctx.Context())
	if _, service := caller.Service(); !service {
		name = nameOf(humafiber.Unwrap(ctx), caller)
	}
	if !places.Take(name) {
		refusal.Send(s.api, ctx, fault.ErrUnavailable.New("Hay demasiadas peticiones a la vez. Repita la petición en unos segundos."))
		return
	}
	defer places.Give(name)
	next(ctx)
}

func (s *Server) addPlaces(_ *huma.OpenAPI, op *huma.Operation) {
	s.inFlight[op] = limits.NewPlaces()
	s.polled[op.Path] = s.polled[op.Path] || rest.IsPolled(op)
}

func (s *Server) check(ctx huma.Context, next func(huma.Context)) {
	if err := input.Check(ctx, s.api.OpenAPI().Components.Schemas); err != nil {
		refusal.Send(s.api, ctx, err)
		return
	}
	next(ctx)
}

// share sets Cache-Control. Caches may keep what was found, and without a token: a missing product may be published soon.
func (s *Server) share(ctx huma.Context, next func(huma.Context)) {
	next(ctx)
	if !rest.IsShared(ctx.Operation()) {
		return
	}
	c := humafiber.Unwrap(ctx)
	c.Vary(fiber.HeaderAuthorization)
	status := c.Response().StatusCode()
	anonymous := len(c.Request().Header.Peek(fiber.HeaderAuthorization)) == 0
	if anonymous && s.options.SharedAge > 0 && (status == http.StatusOK || status == http.StatusNotModified) {
		c.Set(fiber.HeaderCacheControl, "public, max-age="+strconv.Itoa(int(s.options.SharedAge/time.Second)))
	}
}
