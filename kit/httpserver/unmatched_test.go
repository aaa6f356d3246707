package httpserver_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"
)

func TestLimit_of_what_no_operation_serves(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/no-hay", "/docs", "/docs/no-hay", "/openapi.json", "/openapi.yaml", "/todos?a=%00"} {
		s := newLimited(3)
		for range 3 {
			assert.NotEqual(t, http.StatusTooManyRequests, get(t, s, path, "").StatusCode, path)
		}
		assert.Equal(t, http.StatusTooManyRequests, get(t, s, path, "").StatusCode, path)
		assert.Equal(t, 200, get(t, s, "/metrics", "").StatusCode, "metrics are not counted")
		assert.Equal(t, 204, get(t, s, "/suyo", "7").StatusCode, "a user has an allowance of their own")
	}
}

// TestLimit_leaves_out_exact_paths: paths below these, and similar paths, are limited.
func TestLimit_leaves_out_exact_paths(t *testing.T) {
	t.Parallel()
	for path, counted := range map[string]bool{
		"/health/live": false, "/health/ready": false, "/metrics": false, "/health/": true, "/health/x": true, "/health/live/": true,
		"/metrics/x": true, "/metricsx": true, "/HEALTH/LIVE": true,
	} {
		s := newLimited(3)
		for range 4 {
			get(t, s, path, "")
		}
		assert.Equal(t, counted, get(t, s, path, "").StatusCode == http.StatusTooManyRequests, path)
	}
	s := httpserver.New(httpserver.Options{PerMinute: 1, MetricsAddr: "off"})
	get(t, s, "/metrics", "")
	assert.Equal(t, http.StatusTooManyRequests, get(t, s, "/metrics", "").StatusCode, "where it is not, it is a path like any other")
}

func TestLog_does_not_grow_with_paths(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := httpserver.New(httpserver.Options{Log: logging.New(&out, "prueba", slog.LevelInfo, nil)})
	long := "/" + strings.Repeat("x", 3000)
	for _, path := range []string{long, "/docs" + long} {
		out.Reset()
		body := get(t, s, path, "")
		assert.Equal(t, http.StatusNotFound, body.StatusCode)
		assert.Less(t, out.Len(), 700, path)
	}
	assert.Contains(t, out.String(), `"address":`)
}
