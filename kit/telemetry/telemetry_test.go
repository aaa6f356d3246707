package telemetry_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/telemetry"
)

// received are the spans that a collector got, by the name of the service.
type received struct {
	mu    sync.Mutex
	spans map[string][]*tracepb.Span
	away  bool // then it answers 400, and the sender does not retry
	asked int
}

func (r *received) set(away bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = away
}

func (r *received) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

func (r *received) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	body, _ := io.ReadAll(request.Body)
	var export collector.ExportTraceServiceRequest
	if r.away || request.URL.Path != "/prefix/v1/traces" || proto.Unmarshal(body, &export) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, resource := range export.GetResourceSpans() {
		name := resource.GetResource().GetAttributes()[0].GetValue().GetStringValue()
		for _, scope := range resource.GetScopeSpans() {
			r.spans[name] = append(r.spans[name], scope.GetSpans()...)
		}
	}
}

func tracer(t *testing.T, log *slog.Logger) (*telemetry.Tracer, *received) {
	t.Helper()
	r := &received{spans: map[string][]*tracepb.Span{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	tracer, err := telemetry.New(telemetry.Options{Service: "pedidos", Endpoint: server.URL + "/prefix/", Log: log})
	require.NoError(t, err)
	return tracer, r
}

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	parent  = "00f067aa0ba902b7"
)

func attributes(span *tracepb.Span) map[string]any {
	all := map[string]any{}
	for _, a := range span.GetAttributes() {
		all[a.GetKey()] = a.GetValue().GetStringValue()
		if a.GetValue().GetStringValue() == "" {
			all[a.GetKey()] = a.GetValue().GetIntValue()
		}
	}
	return all
}

// A request of a trace and its call to a peer are spans of that trace, one below the other, with the ids that logs and peers see.
func TestTracer(t *testing.T) {
	t.Parallel()
	tracer, got := tracer(t, slog.New(slog.DiscardHandler))
	traceparent := "00-" + traceID + "-" + parent + "-01"
	r := logging.NewRequest("one", traceparent)
	ctx := logging.WithRequest(tracer.Begin(t.Context(), &r, traceparent), r)
	call, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://inventario:8002/reservas/1?secret=no", nil)
	require.NoError(t, err)
	call.Header.Set("Authorization", "Bearer secret")
	telemetry.Call(ctx, "inventario", call)(http.StatusConflict)
	lost := call.Clone(ctx)
	telemetry.Call(ctx, "inventario", lost)(0)
	telemetry.End(ctx, telemetry.Answer{
		Method: "POST", Route: "/pedidos", Status: http.StatusServiceUnavailable, Code: "SERVICIO_NO_DISPONIBLE",
	})
	tracer.Close()

	require.Len(t, got.spans["pedidos"], 3)
	var texts []string
	byName := map[string][]*tracepb.Span{}
	for _, span := range got.spans["pedidos"] {
		byName[span.GetName()] = append(byName[span.GetName()], span)
		texts = append(texts, span.String())
		assert.Equal(t, traceID, hex.EncodeToString(span.GetTraceId()))
	}
	served, calls := byName["POST /pedidos"][0], byName["PUT inventario"]
	assert.Equal(t, []string{traceID, hex.EncodeToString(served.GetSpanId())}, []string{r.TraceID, r.SpanID}, "the ids of the log")
	assert.Equal(t, parent, hex.EncodeToString(served.GetParentSpanId()))
	assert.Equal(t, tracepb.Span_SPAN_KIND_SERVER, served.GetKind())
	assert.Equal(t, tracepb.Status_STATUS_CODE_ERROR, served.GetStatus().GetCode())
	assert.Equal(t, map[string]any{
		"http.request.method": "POST", "http.route": "/pedidos", "http.response.status_code": int64(503),
		"tienda.request_id": "one", "tienda.codigo": "SERVICIO_NO_DISPONIBLE",
	}, attributes(served))
	require.Len(t, calls, 2)
	for i, c := range calls {
		assert.Equal(t, served.GetSpanId(), c.GetParentSpanId())
		assert.Equal(t, tracepb.Span_SPAN_KIND_CLIENT, c.GetKind())
		assert.Equal(t, tracepb.Status_STATUS_CODE_ERROR, c.GetStatus().GetCode())
		header := []*http.Request{call, lost}[i].Header.Get("traceparent")
		assert.Equal(t, "00-"+traceID+"-"+hex.EncodeToString(c.GetSpanId())+"-01", header, "what the peer continues")
	}
	assert.Equal(t, map[string]any{
		"http.request.method": "PUT", "server.address": "inventario", "url.path": "/reservas/1",
		"http.response.status_code": int64(409),
	}, attributes(calls[0]))
	assert.NotContains(t, strings.Join(texts, "\n"), "secret")
}

// Without a collector, and in a trace that its caller does not record, there are no spans; the ids go on.
func TestTracer_nothing_to_record(t *testing.T) {
	t.Parallel()
	off, err := telemetry.New(telemetry.Options{})
	require.NoError(t, err)
	on, got := tracer(t, slog.New(slog.DiscardHandler))
	traceparent := "00-" + traceID + "-" + parent + "-00"
	for name, tracer := range map[string]*telemetry.Tracer{"nil": nil, "off": off, "not recorded": on} {
		r := logging.NewRequest("", traceparent)
		ctx := tracer.Begin(t.Context(), &r, traceparent)
		assert.Equal(t, traceID, r.TraceID, name)
		assert.NotEqual(t, parent, r.SpanID, name)
		assert.Zero(t, r.Flags, name)
		call, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://inventario", nil)
		require.NoError(t, err)
		call.Header.Set("traceparent", r.Traceparent())
		telemetry.Call(ctx, "inventario", call)(http.StatusOK)
		assert.Equal(t, r.Traceparent(), call.Header.Get("traceparent"), name)
		telemetry.End(ctx, telemetry.Answer{})
	}
	off.Close()
	on.Close()
	assert.Empty(t, got.spans)
}

// A collector that is away is said once, and that it is back.
func TestTracer_a_collector_that_is_away(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer // written by the sender, and read when it waits
	var mu sync.Mutex
	log := slog.New(slog.NewTextHandler(locked{&mu, &lines}, nil))
	tracer, got := tracer(t, log)
	said := func(text string) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return strings.Count(lines.String(), text) == 1
		}
	}
	request := func() {
		r := logging.NewRequest("", "")
		telemetry.End(tracer.Begin(t.Context(), &r, ""), telemetry.Answer{Method: "GET", Route: "/"})
	}
	got.set(true)
	request()
	require.Eventually(t, said("traces not sent"), 10*time.Second, 10*time.Millisecond)
	tries := got.count()
	request()
	require.Eventually(t, func() bool { return got.count() > tries }, 10*time.Second, 10*time.Millisecond)
	got.set(false)
	request()
	require.Eventually(t, said("traces are sent again"), 10*time.Second, 10*time.Millisecond)
	assert.True(t, said("traces not sent")())
	tracer.Close()
}

type locked struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
