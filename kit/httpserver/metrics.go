package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/transport"
)

// metrics are the figures of HTTP itself; their names follow Prometheus' conventions.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	replays  *prometheus.CounterVec
}

func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered, by method, route pattern and status.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time from the request's arrival to its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		replays: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_idempotent_replays_total",
			Help: "Requests answered with the answer of an earlier one of the same Idempotency-Key.",
		}, []string{"method", "route"}),
	}
	registry.MustRegister(m.requests, m.duration, m.replays, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(method, route).Observe(took.Seconds())
}

func (m *metrics) repeated(c *fiber.Ctx) { m.replays.WithLabelValues(c.Method(), routeOf(c)).Inc() }

func (s *Server) showMetrics() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})
}

// serveMetrics serves the metrics on their own address, if any, and only there the profiles, which only operators may see.
func (s *Server) serveMetrics() (stop func(), err error) {
	if s.options.MetricsAddr == "" || s.options.MetricsAddr == string(config.MetricsOff) {
		return func() {}, nil
	}
	listener, err := s.listen("METRICS_ADDR", s.options.MetricsAddr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.showMetrics())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	server := &http.Server{
		Handler: mux, ReadTimeout: transport.ReadTimeout, IdleTimeout: s.options.IdleTimeout, WriteTimeout: longestProfile,
		ErrorLog: slog.NewLogLogger(s.options.Log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.options.Log.Error("metrics are not served any more", "error", err)
		}
	}()
	s.options.Log.Info("metrics", "address", listener.Addr().String())
	return func() { _ = server.Close() }, nil
}

const longestProfile = 2 * time.Minute

// registerState adds what a service depends on. While auth is down, only the age of the list shows that newer bans are missing.
func (s *Server) registerState() {
	s.gauge("service_ready", "1 while GET /health/ready answers 200, else 0.", nil,
		func() float64 { return oneIf(s.unready(context.Background()) == nil) })
	if s.options.Database != nil {
		s.registry.MustRegister(s.options.Database)
	}
	for _, peer := range s.options.Peers {
		for _, state := range breakerStates {
			s.gauge("peer_breaker_state", "1 for the state that the breaker in front of a peer is in, 0 for the others.",
				prometheus.Labels{"peer": peer.Name(), "state": state}, func() float64 { return oneIf(peer.State() == state) })
		}
	}
	if list := s.options.Revocations; list != nil {
		s.options.Ready = append(s.options.Ready, Check{Name: "tokens terminados", Run: list.Ready})
		s.gauge("auth_revocations_age_seconds",
			"Age of the list of revoked tokens; +Inf while auth has not answered since the start. Alert above 60.", nil, list.AgeSeconds)
	}
}

func (s *Server) gauge(name, help string, labels prometheus.Labels, value func() float64) {
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, value))
}

func oneIf(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}

// Peer is a service that this one calls, as its breaker sees it. *resilience.Policy is the real one.
type Peer interface {
	Name() string
	State() string // closed, half_open or open
}

// breakerStates are the states of a breaker, one series each: exactly one of them is 1.
var breakerStates = []string{"closed", "half_open", "open"}
