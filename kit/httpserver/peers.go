package httpserver

import "github.com/prometheus/client_golang/prometheus"

// Peer is a service that this one calls, as its breaker sees it. *resilience.Policy is the real one.
type Peer interface {
	Name() string
	State() string // closed, half_open or open
}

// breakerStates are the states of a breaker, one series each: exactly one of them is 1.
var breakerStates = []string{"closed", "half_open", "open"}

// registerPeers adds each peer's breaker to the metrics.
func (s *Server) registerPeers() {
	for _, peer := range s.options.Peers {
		for _, state := range breakerStates {
			s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "peer_breaker_state", Help: "1 for the state that the breaker in front of a peer is in, 0 for the others.",
				ConstLabels: prometheus.Labels{"peer": peer.Name(), "state": state},
			}, func() float64 {
				if peer.State() == state {
					return 1
				}
				return 0
			}))
		}
	}
}
