package httpserver_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/freeport"
	"github.com/tienda-go/tienda/kit/httpserver"
)

func freeAddress(t *testing.T) string {
	t.Helper()
	ports, err := freeport.Take(1)
	require.NoError(t, err)
	return freeport.Address(ports[0])
}

// TestMetrics_on_their_own_address: the metrics are there, with the profiles, and not at the service's own port.
func TestMetrics_on_their_own_address(t *testing.T) {
	t.Parallel()
	private := freeAddress(t)
	s := &shop{Server: httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", MetricsAddr: private})}
	addr, stop, done := start(t, s)
	status := func(url string) (int, string) {
		response, err := http.Get(url)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(body)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/cmdline"} {
		code, _ := status("http://" + addr + path)
		assert.Equal(t, 404, code, path)
		code, _ = status("http://" + private + path)
		assert.Equal(t, 200, code, path)
	}
	_, text := status("http://" + private + "/metrics")
	assert.Contains(t, text, `http_requests_total{method="GET",route="unmatched",status="404"} 3`)
	code, _ := status("http://" + private + "/health/live")
	assert.Equal(t, 404, code)
	stop()
	require.NoError(t, <-done)
	_, err := net.Dial("tcp", private)
	require.Error(t, err, "it ends with the service")
}

func TestMetrics_off(t *testing.T) {
	t.Parallel()
	s := httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", MetricsAddr: "off"})
	assert.Equal(t, 404, get(t, s, "/metrics", "").StatusCode)
	assert.Equal(t, 404, get(t, newLimited(0), "/debug/pprof/", "").StatusCode, "never on the service's own port")
}

// TestRun_names_an_address_that_is_taken, by its variable, and keeps no listener afterwards.
func TestRun_names_an_address_that_is_taken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	own, private := freeAddress(t), freeAddress(t)
	run := func(addr, metrics string) error {
		return httpserver.New(httpserver.Options{Service: "prueba", MetricsAddr: metrics}).Run(context.Background(), addr)
	}
	err = run(own, taken.Addr().String())
	require.ErrorContains(t, err, "PRUEBA_METRICS_ADDR")
	require.ErrorContains(t, err, taken.Addr().String())
	require.ErrorContains(t, run(taken.Addr().String(), private), "PRUEBA_PORT")
	for _, addr := range []string{own, private} {
		l, err := net.Listen("tcp", addr)
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
}
