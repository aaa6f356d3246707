package httpserver

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
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

func (s *Server) registerMetrics() {
	if s.options.MetricsAddr == "" {
		s.app.Get("/metrics", adaptor.HTTPHandler(s.showMetrics()))
	}
}

func (s *Server) showMetrics() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})
}

// MetricsOff is the MetricsAddr of a service that serves no metrics.
const MetricsOff = "off"

// serveMetrics serves the metrics on their own address, if they have one. Only there it serves the profiles of the process too:
// they cost time, and only operators may see them.
func (s *Server) serveMetrics() (stop func(), err error) {
	if s.options.MetricsAddr == "" || s.options.MetricsAddr == MetricsOff {
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
		Handler: mux, ReadTimeout: readTimeout, IdleTimeout: s.options.IdleTimeout, WriteTimeout: longestProfile,
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
