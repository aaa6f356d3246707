package pedidos_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/apitest"
	"github.com/tienda-go/tienda/kit/httpserver"

	"github.com/tienda-go/tienda/pedidos/adapters/httpapi"
)

func TestOpenAPI_es_el_comprometido(t *testing.T) {
	t.Parallel()
	apitest.Committed(t, httpapi.New(httpserver.Options{}, nil))
}
