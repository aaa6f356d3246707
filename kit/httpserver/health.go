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
	alive := func(context.Context) error { return nil }
	for _, h := range []struct {
		id, path, summary, description string
		check                          func(context.Context) error
	}{
		{"vivo", "/health/live", "¿Está el proceso en marcha?", "No pregunta a nadie más.", alive},
		{"listo", "/health/ready", "¿Puede atender peticiones?", "503 mientras le falta algo sin lo que no puede, o mientras se para.", s.unready},
	} {
		huma.Register(s.api, huma.Operation{
			OperationID: h.id + openapi.Camel(s.options.Service), Method: http.MethodGet, Path: h.path, Summary: h.summary,
			Description: h.description, Tags: []string{openapi.HealthTag}, Security: rest.NoToken, Metadata: rest.Polled(),
		}, func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
			return &healthOutput{CacheControl: "no-store", Body: Salud{Estado: "ok"}}, h.check(ctx)
		})
	}
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
