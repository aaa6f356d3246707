package httpserver

import "github.com/prometheus/client_golang/prometheus"

// registerRevocations shows how old the list of revocations is. While auth is away the last list serves, and nothing but this
// figure tells that a ban of now is not known here.
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
