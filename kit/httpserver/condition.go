package httpserver

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// registerCondition shows in the metrics what GET /health/ready says, and how the connections to the database are used.
func (s *Server) registerCondition() {
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "service_ready", Help: "1 while GET /health/ready answers 200, else 0.",
	}, func() float64 {
		if s.unready(context.Background()) != nil {
			return 0
		}
		return 1
	}))
	if s.options.Database != nil {
		s.registry.MustRegister(s.options.Database)
	}
}
