package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestTrace follows one order through the log lines of all services that took part: the same request id and trace id, the user
// where a user called, and no secret.
func TestTrace(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	product, token := s.Product(5), s.Customer()
	const requestID, traceID = "e2e-order-1", "4bf92f3577b34da6a3ce929d0e0e4736"
	answer := s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": product, "cantidad": 2},
		"X-Request-Id", requestID, "traceparent", "00-"+traceID+"-00f067aa0ba902b7-01")
	assert.Equal(t, 201, answer.Status)
	assert.Equal(t, requestID, answer.Header.Get("X-Request-Id"))

	spans := map[any]bool{}
	for _, service := range []string{"pedidos", "productos", "inventario"} {
		var line map[string]any
		s.Eventually(service+" logs the order", func() bool {
			for _, l := range s.Log(service) {
				if l["request_id"] == requestID && l["msg"] == "request" {
					line = l
				}
			}
			return line != nil
		})
		assert.Equal(t, service, line["service"])
		assert.Equal(t, traceID, line["trace_id"])
		spans[line["span_id"]] = true
		if service == "pedidos" {
			assert.NotEmpty(t, line["usuario"])
			assert.EqualValues(t, 201, line["status"])
		}
	}
	assert.Len(t, spans, 3, "each service has a span of its own")

	problem := s.Call("pedidos", "GET", "/pedidos/999999", token, nil)
	assert.Equal(t, problem.Header.Get("X-Request-Id"), problem.Text("request_id"))

	for _, service := range launcher.Names() {
		output := s.Output(service)
		assert.NotContains(t, output, token)
		assert.NotContains(t, output, shop.AdminPassword)
		assert.NotContains(t, output, "una-frase-larga")
		for line := range strings.Lines(output) {
			assert.True(t, strings.HasPrefix(line, "{") && strings.HasSuffix(line, "}\n"), "%s: no JSON line: %s", service, line)
		}
	}
}
