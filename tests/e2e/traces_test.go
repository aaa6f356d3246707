package e2e_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/tienda-go/tienda/tests/shop"
)

// seenSpan is a span that a collector got.
type seenSpan struct{ service, name, trace, id, parent string }

type spanCollector struct {
	mu    sync.Mutex
	raw   []byte
	spans []seenSpan
}

func (c *spanCollector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var export collector.ExportTraceServiceRequest
	if r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &export) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, body...)
	for _, resource := range export.GetResourceSpans() {
		service := resource.GetResource().GetAttributes()[0].GetValue().GetStringValue()
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				c.spans = append(c.spans, seenSpan{service, span.GetName(), hex.EncodeToString(span.GetTraceId()),
					hex.EncodeToString(span.GetSpanId()), hex.EncodeToString(span.GetParentSpanId())})
			}
		}
	}
}

// find is the span of a trace with this service and name.
func (c *spanCollector) find(trace, service, name string) (seenSpan, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if span.trace == trace && span.service == service && span.name == name {
			return span, true
		}
	}
	return seenSpan{}, false
}

// TestTraces: with a collector, one order is one trace: each service's work lies below the call that asked for it, and no token
// or password is in it.
func TestTraces(t *testing.T) {
	t.Parallel()
	var got spanCollector
	server := httptest.NewServer(&got)
	t.Cleanup(server.Close)
	s := shop.New(t, shop.Options{Env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL}})
	product, token := s.Product(5), s.Customer()
	const trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	a := s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 2},
		"traceparent", "00-"+trace+"-"+caller+"-01")
	assert.Equal(t, 201, a.Status)

	span := func(service, name string) (found seenSpan) {
		s.Eventually(service+" sends "+name, func() (ok bool) {
			found, ok = got.find(trace, service, name)
			return ok
		})
		return found
	}
	order := span("pedidos", "POST /pedidos")
	assert.Equal(t, caller, order.parent)
	for service, names := range map[string][2]string{
		"productos": {"GET productos", "GET /productos"}, "inventario": {"PUT inventario", "PUT /reservas/:id"},
	} {
		call, served := span("pedidos", names[0]), span(service, names[1])
		assert.Equal(t, order.id, call.parent)
		assert.Equal(t, call.id, served.parent)
		s.Eventually(service+" logs the request with the id of its span", func() bool {
			return slices.ContainsFunc(s.Log(service), func(line map[string]any) bool {
				return line["msg"] == "request" && line["trace_id"] == trace && line["span_id"] == served.id
			})
		})
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	for _, secret := range []string{token, shop.AdminPassword, "una-frase-larga"} {
		assert.False(t, bytes.Contains(got.raw, []byte(secret)))
	}
	for _, span := range got.spans {
		assert.NotContains(t, span.name, "/health")
	}
}
