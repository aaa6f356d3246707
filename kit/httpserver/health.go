package httpserver

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/openapi"
	"github.com/tienda-go/tienda/kit/rest"
)

type healthOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         Salud
}

// Salud is the answer of both health operations.
type Salud struct {
	Estado string `json:"estado" enum:"ok" doc:"ok; todo lo demás es un problema"`
}

func (s *Server) registerHealth() {
	huma.Register(s.api, huma.Operation{
		OperationID: "vivo" + openapi.Camel(s.options.Service), Method: http.MethodGet, Path: "/health/live",
		Tags: []string{openapi.HealthTag}, Security: rest.NoToken,
		Metadata: rest.Polled(),
		Summary:  "¿Está el proceso en marcha?", Description: "No pregunta a nadie más.",
	}, func(context.Context, *struct{}) (*healthOutput, error) {
		return &healthOutput{CacheControl: "no-store", Body: Salud{Estado: "ok"}}, nil
	})
	huma.Register(s.api, huma.Operation{
		OperationID: "listo" + openapi.Camel(s.options.Service), Method: http.MethodGet, Path: "/health/ready",
		Tags: []string{openapi.HealthTag}, Security: rest.NoToken,
		Metadata: rest.Polled(),
		Summary:  "¿Puede atender peticiones?", Description: "503 mientras le falta algo sin lo que no puede, o mientras se para.",
	}, s.ready)
}

func (s *Server) ready(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	if err := s.unready(ctx); err != nil {
		return nil, err
	}
	return &healthOutput{CacheControl: "no-store", Body: Salud{Estado: "ok"}}, nil
}

// unready runs every Check. Peers have no Check: a service whose peer is down is still ready.
func (s *Server) unready(ctx context.Context) error {
	if s.draining.Load() {
		return fault.ErrUnavailable.New("El servicio se está parando.")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	for _, check := range s.options.Ready {
		if err := check.Run(ctx); err != nil {
			if !s.saidUnready.Swap(true) {
				s.options.Log.WarnContext(ctx, "not ready", "check", check.Name, "error", err)
			}
			return fault.ErrUnavailable.New("Aún no se puede atender: %s.", check.Name).Because(err)
		}
	}
	if s.saidUnready.Swap(false) {
		s.options.Log.InfoContext(ctx, "ready again")
	}
	return nil
}
