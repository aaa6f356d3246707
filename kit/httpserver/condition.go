package httpserver

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// registerCondition adds to the metrics the result of GET /health/ready, and the use of the connections to the database.
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
