// Package telemetry sends the spans of a service's requests, and of its calls to peers, to an OpenTelemetry collector: OTLP over
// HTTP. The ids are those of the log lines, and of the traceparent that travels between services.
//
// A span has methods, routes, paths, statuses and codes; no header, no query, no body and no user.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/tienda-go/tienda/kit/logging"
)

const (
	scope = "github.com/tienda-go/tienda/kit/telemetry"

	every   = time.Second            // between two batches
	timeout = 5 * time.Second        // of a batch, with its retries
	closing = 500 * time.Millisecond // for the last batch: with what httpserver takes to drain, a service must end within 10 s
)

// Options of a Tracer.
type Options struct {
	Service  string
	Endpoint string // of the collector, to which /v1/traces is added, as OTEL_EXPORTER_OTLP_ENDPOINT has it; "" = no spans
	Log      *slog.Logger
}

// Tracer makes the spans of a service. The zero Tracer, and nil, make none.
type Tracer struct{ provider *sdktrace.TracerProvider }

// New makes a Tracer. A collector that is away costs spans, and nothing else; the log says once that it is away and once that it
// is back. What the library finds wrong with its own variables (OTEL_…) goes to the log.
func New(o Options) (*Tracer, error) {
	if o.Endpoint == "" {
		return &Tracer{}, nil
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { o.Log.Warn("OpenTelemetry", "error", err) }))
	endpoint, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	exporter, err := otlptracehttp.New(context.Background(),
		otlptracehttp.WithEndpointURL(endpoint.JoinPath("v1", "traces").String()), otlptracehttp.WithTimeout(timeout),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: time.Second, MaxInterval: time.Second, MaxElapsedTime: timeout,
		}))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return &Tracer{sdktrace.NewTracerProvider(
		sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName(o.Service))),
		sdktrace.WithBatcher(told{exporter, &logging.Outage{
			Log: o.Log, Fails: "traces not sent; they are lost", Works: "traces are sent again",
		}}, sdktrace.WithBatchTimeout(every)),
	)}, nil
}

// told logs what becomes of the batches. The library would write each error to standard error.
type told struct {
	sdktrace.SpanExporter
	outage *logging.Outage
}

func (t told) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	t.outage.Saw(context.WithoutCancel(ctx), t.SpanExporter.ExportSpans(ctx, spans))
	return nil
}

// Close sends what is left, for at most half a second.
func (t *Tracer) Close() {
	if t.provider == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // the exporter has logged it
}

// Begin begins the span of a request that arrived with a traceparent, and gives the request the ids of its span.
func (t *Tracer) Begin(ctx context.Context, r *logging.Request, traceparent string) context.Context {
	if t == nil || t.provider == nil {
		return ctx
	}
	if traceparent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
	}
	ctx, span := t.provider.Tracer(scope).Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	ids := span.SpanContext()
	r.TraceID, r.SpanID, r.Flags = ids.TraceID().String(), ids.SpanID().String(), byte(ids.TraceFlags())
	return ctx
}

// Answer is what a request was, known at its end.
type Answer struct {
	Method, Route string
	Status        int
	Code          string // of its problem; "" = none
}

// End ends the span of the request of ctx.
func End(ctx context.Context, a Answer) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetName(a.Method + " " + a.Route)
	span.SetAttributes(semconv.HTTPRequestMethodKey.String(a.Method), semconv.HTTPRoute(a.Route),
		semconv.HTTPResponseStatusCode(a.Status), attribute.String("tienda.request_id", logging.RequestFrom(ctx).ID))
	if a.Code != "" {
		span.SetAttributes(attribute.String("tienda.codigo", a.Code))
	}
	if a.Status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, a.Code)
	}
	span.End()
}

// Call begins the span of one attempt to call a peer, and names it in the call's traceparent. The returned function ends it; a
// status of 0 is no answer.
func Call(ctx context.Context, peer string, call *http.Request) (end func(status int)) {
	request := trace.SpanFromContext(ctx)
	if !request.IsRecording() {
		return func(int) {}
	}
	ctx, span := request.TracerProvider().Tracer(scope).Start(ctx, call.Method+" "+peer, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(semconv.HTTPRequestMethodKey.String(call.Method), semconv.ServerAddress(call.URL.Hostname()),
			semconv.URLPath(call.URL.Path)))
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(call.Header))
	return func(status int) {
		if status == 0 {
			span.SetStatus(codes.Error, "no answer")
		} else {
			span.SetAttributes(semconv.HTTPResponseStatusCode(status))
		}
		if status >= http.StatusBadRequest {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
