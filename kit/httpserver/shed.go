package httpserver

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/limits"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/rest"
)

// shed refuses requests that an operation has no place for.
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

// addPlaces gives an operation its places, when it is registered.
func (s *Server) addPlaces(_ *huma.OpenAPI, op *huma.Operation) {
	s.inFlight[op] = limits.NewPlaces()
	s.polled[op.Path] = s.polled[op.Path] || rest.IsPolled(op)
}
