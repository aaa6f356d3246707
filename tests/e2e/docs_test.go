package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

var (
	reference = regexp.MustCompile(`(?:src|href)\s*=\s*["']?([^"' >]+)`)
	external  = regexp.MustCompile(`^(?:https?:)?//`)
)

// TestDocs: every service documents itself, from its own files alone, and as committed.
func TestDocs(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	for _, service := range launcher.Names() {
		t.Run(service, func(t *testing.T) {
			document := s.Must(200, service, "GET", "/openapi.json", "", nil)
			assert.True(t, strings.HasPrefix(document.Text("openapi"), "3.1"), document.Text("openapi"))
			assert.Contains(t, document.Header.Get("Content-Type"), "json")
			assert.NotEmpty(t, document.Value("paths"))

			committed, err := os.ReadFile(filepath.Join(shop.Root(), service, "openapi.yaml"))
			require.NoError(t, err)
			assert.Equal(t, string(committed), string(s.Must(200, service, "GET", "/openapi.yaml", "", nil).Body), "make generate")

			page := s.Must(200, service, "GET", "/docs", "", nil)
			assert.Contains(t, page.Header.Get("Content-Type"), "text/html")
			found := reference.FindAllStringSubmatch(string(page.Body), -1)
			require.NotEmpty(t, found)
			for _, m := range found {
				require.NotRegexp(t, external, m[1], "the documentation must work offline")
				require.False(t, strings.HasPrefix(m[1], "/"), "%s: a proxy may serve the page under a path", m[1])
				assert.Equal(t, 200, s.Call(service, "GET", shop.Resolve("/docs", m[1]), "", nil).Status, m[1])
			}
		})
	}
}

// TestHealthAndMetrics: the operations that operators and their tools call.
func TestHealthAndMetrics(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	for _, service := range launcher.Names() {
		for _, path := range []string{"/health/live", "/health/ready"} {
			assert.True(t, json.Valid(s.Must(200, service, "GET", path, "", nil).Body))
		}
		s.Call(service, "GET", "/no/existe", "", nil)
		assert.Contains(t, string(s.Must(200, service, "GET", "/metrics", "", nil).Body), `status="404"`)
		s.Stop(service)
	}
}
