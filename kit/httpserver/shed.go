package httpserver

import (
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/rest"
)

// maxInFlight is how many requests one operation works on at a time. More requests than the machine can handle only wait: beyond
// this limit they get 503 at once, and the accepted requests keep their deadlines. Each operation has its own count, so that an
// operation whose peer hangs takes no place from the others.
const maxInFlight = 256

// maxShare limits one caller to this many times the free places: 205 places when it is alone, so that another caller gets one.
const maxShare = 4

// places are the places of one operation.
type places struct {
	mu    sync.Mutex
	taken int
	of    map[string]int // by caller
}

// take is false when there is no place for the caller. "" stands for a service, which sends the requests of all its own callers.
func (p *places) take(caller string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	free := maxInFlight - p.taken
	if free == 0 || caller != "" && p.of[caller] >= maxShare*free {
		return false
	}
	p.taken++
	p.of[caller]++
	return true
}

func (p *places) give(caller string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.of[caller]--; p.of[caller] == 0 {
		delete(p.of, caller)
	}
}

// shed refuses requests that an operation has no place for.
func (s *Server) shed(ctx huma.Context, next func(huma.Context)) {
	places, name := s.inFlight[ctx.Operation()], ""
	caller, _ := authn.CallerFrom(ctx.Context())
	if _, service := caller.Service(); !service {
		name = nameOf(humafiber.Unwrap(ctx), caller)
	}
	if !places.take(name) {
		s.refuse(ctx, fault.ErrUnavailable.New("Hay demasiadas peticiones a la vez. Repita la petición en unos segundos."))
		return
	}
	defer places.give(name)
	next(ctx)
}

// addPlaces gives an operation its places, when it is registered.
func (s *Server) addPlaces(_ *huma.OpenAPI, op *huma.Operation) {
	s.inFlight[op] = &places{of: map[string]int{}}
	s.polled[op.Path] = s.polled[op.Path] || rest.IsPolled(op)
}
