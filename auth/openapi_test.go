package auth_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/openapitest"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
)

func TestOpenAPI_es_el_comprometido(t *testing.T) {
	t.Parallel()
	openapitest.Committed(t, httpapi.New(httpserver.Options{}, nil, nil, ""))
}
