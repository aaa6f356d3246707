// Package httpserver is the HTTP server of every service: a Fiber application with a Huma API, the standard middleware in a
// fixed order, problem+json for every refusal, health, metrics, documentation, and a graceful shutdown.
//
// A service registers Huma operations on API() with their `security`; handlers return plain faults (kit/fault) and do not choose
// statuses. Checks run in this order: violations of HTTP, 401, 403 (only then is a body read), unreadable bodies, 404 of what
// the caller may not see (Visible), 422, and then the handler. This package works around the defects of Fiber, fasthttp and Huma.
package httpserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/limits"
	"github.com/tienda-go/tienda/kit/openapi"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/remote"
	"github.com/tienda-go/tienda/kit/replay"
	"github.com/tienda-go/tienda/kit/rest"
	"github.com/tienda-go/tienda/kit/telemetry"
	"github.com/tienda-go/tienda/kit/transport"
)

// The limits of every service.
const (
	// longer than that of proxies, else a proxy sends a POST on a connection that is just being closed
	idleTimeout    = 75 * time.Second
	defaultTimeout = 10 * time.Second // a request's own deadline
	drainDelay     = 500 * time.Millisecond
	drainTimeout   = 8 * time.Second
)

// Authenticator turns a rest.Bearer token into its caller. *authn.Verifier is the real one.
//
// Verify returns fault.ErrUnauthenticated for a bad token, and fault.ErrUnavailable when the token cannot be checked.
type Authenticator interface {
	Verify(ctx context.Context, token string) (authn.Caller, error)
}

// Check checks one thing that a service needs to serve; GET /health/ready runs it.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// Options describe a service to New.
type Options struct {
	Service     string // short name, for logs and metrics
	Title       string // of the OpenAPI document, Spanish
	Description string
	Tags        []*huma.Tag // the groups of operations, in the order in which /docs shows them; health comes last
	Version     string
	Log         *slog.Logger
	Tracer      *telemetry.Tracer // nil = no spans
	Auth        Authenticator     // nil only in tests of services without protected operations
	Keys        idempotency.Store // nil for a service without operations that take an Idempotency-Key
	Ready       []Check
	Database    prometheus.Collector // of the connections to the database; nil in tests
	Problems    rest.Problems        // the members of the service's own problems
	Revocations *authn.Revocations   // not ready before a first list was seen, and its age in the metrics; nil in tests
	Peers       []Peer               // the metrics show their breakers
	PerMinute   int                  // requests of one caller; 0 = any number
	Origins     []string             // web origins whose pages may call from a browser; none = no CORS
	SharedAge   time.Duration        // how long caches may keep answers of Shared operations; 0 = not at all
	Production  bool
	// MetricsAddr serves GET /metrics and /debug/pprof: host:port, "off", or "" for /metrics alone on the service's own port.
	MetricsAddr string
	// TrustedProxies are the networks whose ProxyHeader (default X-Forwarded-For) counts for the client's address.
	TrustedProxies []config.Network
	ProxyHeader    config.ProxyHeader
	MaxConnections int           // open ones of the process; 0 = any number
	MaxPerAddress  int           // open ones of one address that is no trusted proxy, IPv6 by /64; 0 = any number
	IdleTimeout    time.Duration // 0 = 75 s
	Timeout        time.Duration // longest a request may take; 0 = 10 s
}

// Server is a service's HTTP side. Register operations on API before Run.
type Server struct {
	options     Options
	app         *fiber.App
	api         huma.API
	registry    *prometheus.Registry
	metrics     *metrics
	draining    atomic.Bool
	saidUnready atomic.Bool // the log has that the service is not ready
	limiter     *limits.Rate
	refused     *limits.Lines   // of refused requests
	uncounted   map[string]bool // paths that machines request every few seconds, not those below them: no limit
	proxies     remote.Proxies
	polled      map[string]bool                    // paths whose requests are logged at DEBUG when all is well
	inFlight    map[*huma.Operation]*limits.Places // written while operations are registered, only read afterwards
}

// New builds the server with everything that all services share. It panics only on wrong options.
func New(o Options) *Server {
	o.Timeout, o.IdleTimeout = cmp.Or(o.Timeout, defaultTimeout), cmp.Or(o.IdleTimeout, idleTimeout)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	refusal.Install()
	s := &Server{options: o, registry: prometheus.NewRegistry(), limiter: limits.NewRate(o.PerMinute),
		proxies: remote.NewProxies(o.TrustedProxies, o.ProxyHeader), inFlight: map[*huma.Operation]*limits.Places{},
		polled: map[string]bool{"/metrics": true}, refused: limits.NewLines(o.Log)}
	s.uncounted = map[string]bool{"/health/live": true, "/health/ready": true, "/metrics": o.MetricsAddr == ""}
	s.metrics = newMetrics(s.registry)
	s.app = fiber.New(fiber.Config{
		AppName:                      o.Service,
		DisableStartupMessage:        true,
		Immutable:                    true, // else the next request overwrites stored strings of this one
		BodyLimit:                    transport.MaxBody,
		ReadBufferSize:               transport.MaxHead,
		ReadTimeout:                  transport.ReadTimeout,
		WriteTimeout:                 o.Timeout + 5*time.Second,
		IdleTimeout:                  o.IdleTimeout,
		CaseSensitive:                true,
		DisablePreParseMultipartForm: true,
		StreamRequestBody:            true, // transport reads bodies
		ReduceMemoryUsage:            true, // a connection gets buffers when its first byte arrives
		ErrorHandler:                 s.handleError,
	})
	s.app.Server().Handler = s.app.Handler()
	transport.Guard(s.app.Server(), s.app.Config().RequestMethods)
	s.app.Use(s.edge)
	if len(o.Origins) > 0 {
		s.app.Use(s.preflight)
	}
	s.api = humafiber.New(s.app, openapi.Config(o.Title, o.Version, o.Description, o.Tags))
	s.api.OpenAPI().OnAddOperation = append(s.api.OpenAPI().OnAddOperation, s.addPlaces, openapi.New(o.Problems).Complete)
	keys := &replay.Replayer{API: s.api, Keys: o.Keys, Log: o.Log, Repeated: s.metrics.repeated}
	s.api.UseMiddleware(s.share, s.authenticate, s.receive, s.shed, s.check, keys.Answer)
	s.registerHealth()
	s.registerDocs()
	if o.MetricsAddr == "" {
		s.app.Get("/metrics", adaptor.HTTPHandler(s.showMetrics()))
	}
	s.registerState()
	return s
}

// API is where a service registers its operations.
func (s *Server) API() huma.API { return s.api }

// App is the Fiber application, for tests: App().Test(request, -1).
func (s *Server) App() *fiber.App { return s.app }

// Metrics is where a service registers figures of its own; GET /metrics serves them.
func (s *Server) Metrics() prometheus.Registerer { return s.registry }

// listen names in its error the variable that changes the address. When the port is free, the host is what is wrong.
func (s *Server) listen(variable, addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err == nil {
		return listener, nil
	}
	name := strings.ToUpper(s.options.Service) + "_" + variable
	mend := "stop what holds it, or set " + name + " to another"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
	case errors.Is(err, syscall.EACCES):
		mend = "set " + name + " to a port that this user may open, from 1024 on"
	default:
		if variable == "PORT" {
			name = "HOST"
		}
		mend = "set " + name + " to an address or a name of this machine"
	}
	return nil, fmt.Errorf("%s: cannot listen on %s: %w; %s", name, addr, err, mend)
}

// Run serves on addr until ctx ends, then shuts down: readiness answers 503 at once; requests that arrive in the next half
// second are answered with Connection: close; requests in work are finished; all that takes 9 s at most.
func (s *Server) Run(ctx context.Context, addr string) error {
	listener, err := s.listen("PORT", addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // when Run ends before it serves
	stopMetrics, err := s.serveMetrics()
	if err != nil {
		return err
	}
	defer stopMetrics()
	open := transport.Limit(listener, s.options.MaxConnections, s.options.MaxPerAddress, s.proxies.Trusts,
		len(s.options.Origins) > 0)
	failed := make(chan error, 1)
	go func() { failed <- s.app.Listener(open) }()
	if s.options.Production && len(s.options.TrustedProxies) == 0 {
		s.options.Log.Warn("TRUSTED_PROXIES is not set: behind a proxy all clients count as one address, and share its limits")
	}
	s.options.Log.Info("listening", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", addr, err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.options.Log.Info("stopping: requests in work are finished")
	time.Sleep(drainDelay)
	_ = open.Close() // first: fasthttp would close a connection that is new, with its request in it
	open.CloseIdle()
	time.Sleep(2 * transport.LastByteDelay)
	if err := s.app.ShutdownWithTimeout(drainTimeout); err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	s.options.Log.Info("stopped")
	return nil
}
