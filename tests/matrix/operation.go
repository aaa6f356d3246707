// Package matrix decides, for every operation of the four services and every kind of caller, who may do what, and checks the
// running shop.
//
// The operations, and the scopes in their `security`, come from the documents that the services serve. Rules are a table of what
// `security` does not say; an operation that is not in the table fails the test.
package matrix

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// Documents reads /openapi.json of every service of a running shop.
func Documents(t testing.TB, s *shop.Shop) (all []openapi.Document) {
	t.Helper()
	for _, service := range launcher.Names() {
		d, err := openapi.Parse(t.Context(), service, s.Must(http.StatusOK, service, "GET", "/openapi.json", "", nil).Body)
		require.NoError(t, err)
		all = append(all, d)
	}
	return all
}
