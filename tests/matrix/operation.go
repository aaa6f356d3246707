// Package matrix decides, for every operation of the four services and every kind of caller, who may do what, and checks the
// running shop.
//
// The operations, and the scopes in their `security`, come from the documents that the services serve. Rules are a table of what
// `security` does not say; an operation that is not in the table fails the test.
package matrix

import (
	"context"
	"fmt"
	"net/http"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// Documents reads /openapi.json of every service of a running shop.
func Documents(ctx context.Context, s *shop.Shop) ([]openapi.Document, error) {
	var all []openapi.Document
	for _, service := range launcher.Names() {
		answer, err := s.Do(service, "GET", "/openapi.json", "", nil)
		if err != nil || answer.Status != http.StatusOK {
			return nil, fmt.Errorf("the document of %s: %d %w", service, answer.Status, err)
		}
		d, err := openapi.Parse(ctx, service, answer.Body)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// MustDocuments is Documents for a test.
func MustDocuments(t require.TestingT, ctx context.Context, s *shop.Shop) []openapi.Document {
	all, err := Documents(ctx, s)
	require.NoError(t, err)
	return all
}
