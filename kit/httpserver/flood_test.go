package httpserver

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/rest"
)

// TestLog_of_a_flood: most lines of refused requests are left out, and no others.
func TestLog_of_a_flood(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := New(Options{Service: "prueba", Title: "Prueba", Log: logging.New(&out, "prueba", slog.LevelInfo, nil)})
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
	// Each second allows some lines more, so their number depends on how busy this machine is.
	assert.LessOrEqual(t, float64(written), 101+10*time.Since(begin).Seconds(), "of 1500")
	assert.Equal(t, 300, ask("GET", "/todos", 300))
	assert.Zero(t, ask("GET", "/sondeo", 20), "at DEBUG while all is well")
	assert.Zero(t, ask("GET", "/health/live", 20))
	assert.Zero(t, ask("GET", "/metrics", 20))
}
