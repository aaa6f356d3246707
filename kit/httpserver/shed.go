package httpserver

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
)

// maxInFlight is how many requests one operation works on at a time. More than the machine can do at once only wait: beyond
// this they are told so at once, while those inside keep their deadlines. It is counted for each operation, so that one whose
// peer hangs takes no place from the others.
const maxInFlight = 256

// shed refuses what an operation cannot begin now.
func (s *Server) shed(ctx huma.Context, next func(huma.Context)) {
	places := s.inFlight[ctx.Operation()]
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
		next(ctx)
	default:
		s.refuse(ctx, fault.ErrUnavailable.New("Hay demasiadas peticiones a la vez. Repita la petición en unos segundos."))
	}
}

// reserve gives an operation its places, when it is registered.
func (s *Server) reserve(_ *huma.OpenAPI, op *huma.Operation) {
	s.inFlight[op] = make(chan struct{}, maxInFlight)
	s.polled[op.Path] = s.polled[op.Path] || op.Metadata[polledKey] != nil
}
