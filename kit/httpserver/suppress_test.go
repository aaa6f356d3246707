package httpserver

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/rest"
)

// TestSuppressor: a minute of a flood from one network, and one from very many.
func TestSuppressor(t *testing.T) {
	t.Parallel()
	for name, network := range map[string]func(i int) string{
		"one":  func(int) string { return "192.0.2.1" },
		"many": func(i int) string { return fmt.Sprint("2001:db8::", i) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				s := newSuppressor(logging.New(&out, "prueba", nil))
				written := 0
				for i := range 60_000 {
					if s.write(network(i)) {
						written++
					}
					time.Sleep(time.Millisecond)
				}
				time.Sleep(suppressedEvery)
				synctest.Wait()
				burst, rate := refusedBurst, refusedPerSecond
				if name == "many" {
					burst, rate = allRefusedBurst, allRefusedPerSecond
				}
				assert.InDelta(t, burst+60*rate, written, 5)
				lines := strings.Split(strings.TrimSpace(out.String()), "\n")
				require.Len(t, lines, 6, "one summary in ten seconds")
				assert.Contains(t, lines[1], `"suppressed":`)
				assert.LessOrEqual(t, len(s.networks), maxNetworks)
			})
		})
	}
	assert.True(t, newSuppressor(slog.New(slog.DiscardHandler)).write("198.51.100.1"), "the first of a network is always written")
}

// TestLog_of_a_flood: most lines of refused requests are left out, and no others.
func TestLog_of_a_flood(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := New(Options{Service: "prueba", Title: "Prueba", Log: logging.New(&out, "prueba", slog.LevelInfo)})
	for path, metadata := range map[string]map[string]any{"/todos": nil, "/sondeo": rest.Polled()} {
		huma.Register(s.API(), huma.Operation{OperationID: path, Method: "GET", Path: path, Security: rest.NoToken, Metadata: metadata},
			func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	}
	ask := func(method, path string, n int) int {
		before := strings.Count(out.String(), `"msg":"request"`)
		for range n {
			response, err := s.App().Test(httptest.NewRequest(method, path, nil), -1)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
		}
		return strings.Count(out.String(), `"msg":"request"`) - before
	}
	begin := time.Now()
	written := ask("GET", "/nada/"+strings.Repeat("x", 2000), 500) + ask("DELETE", "/todos", 500) + ask("GET", "/todos?a=1", 500)
	// Some lines are allowed by the second, so that their number depends on how busy this machine is.
	assert.LessOrEqual(t, float64(written), refusedBurst+1+refusedPerSecond*time.Since(begin).Seconds(), "of 1500")
	assert.Equal(t, 300, ask("GET", "/todos", 300))
	assert.Zero(t, ask("GET", "/sondeo", 20), "at DEBUG while all is well")
	assert.Zero(t, ask("GET", "/health/live", 20))
	assert.Zero(t, ask("GET", "/metrics", 20))
}
