package auth_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/httpserver"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
)

// The committed document is the contract; other teams read it without building anything.
func TestOpenAPI_es_el_comprometido(t *testing.T) {
	t.Parallel()
	servido, err := httpapi.New(httpserver.Options{}, nil, nil, "").OpenAPI()
	require.NoError(t, err)
	comprometido, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(comprometido), string(servido), "run: go run ./cmd/auth openapi > openapi.yaml")
}
