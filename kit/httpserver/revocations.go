package httpserver

import "github.com/prometheus/client_golang/prometheus"

// registerRevocations adds the age of the list of revocations to the metrics. While auth is down the last list stays in use, and
// only this figure shows that newer bans are not known here.
func (s *Server) registerRevocations() {
	list := s.options.Revocations
	if list == nil {
		return
	}
	s.options.Ready = append(s.options.Ready, Check{Name: "tokens terminados", Run: list.Ready})
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "auth_revocations_age_seconds",
		Help: "Age of the list of revoked tokens; +Inf while auth has not answered since the start. Alert above 60.",
	}, list.AgeSeconds))
}
