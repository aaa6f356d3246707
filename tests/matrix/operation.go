// Package matrix decides, for every operation of the four services and every kind of caller, who may do what, and holds the
// running shop to it.
//
// The operations come from the documents that the services serve, and who may call them from their `security`. Rules are the
// few things beyond it: they are a table, and an operation that it does not know fails the test.
package matrix

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// Operation is one method of one path of one service.
type Operation struct {
	Service, Method, Path string
	Spec                  *openapi3.Operation
}

// String is like "POST /pedidos"; no two services share a path but those of health.
func (o Operation) String() string { return o.Method + " " + o.Path }

// Document is what a service says of itself.
type Document struct {
	Service    string
	Raw        []byte
	Spec       *openapi3.T
	Operations []Operation // in a fixed order
}

// Documents reads /openapi.json of every service of a running shop.
func Documents(ctx context.Context, s *shop.Shop) ([]Document, error) {
	var all []Document
	for _, service := range launcher.Names() {
		answer, err := s.Do(service, "GET", "/openapi.json", "", nil)
		if err != nil || answer.Status != http.StatusOK {
			return nil, fmt.Errorf("the document of %s: %d %w", service, answer.Status, err)
		}
		spec, err := openapi3.NewLoader().LoadFromData(answer.Body)
		if err != nil {
			return nil, fmt.Errorf("the document of %s: %w", service, err)
		}
		if err := spec.Validate(ctx); err != nil {
			return nil, fmt.Errorf("the document of %s is not valid: %w", service, err)
		}
		d := Document{Service: service, Raw: answer.Body, Spec: spec}
		for path, item := range spec.Paths.Map() {
			for method, operation := range item.Operations() {
				d.Operations = append(d.Operations, Operation{service, method, path, operation})
			}
		}
		slices.SortFunc(d.Operations, func(a, b Operation) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
		})
		all = append(all, d)
	}
	return all, nil
}

// Scopes are what a caller's token must hold for the operation. open means that none is needed and that none is looked at;
// optional that it may be left out, but must be good.
func (o Operation) Scopes() (scopes []string, open, optional bool, err error) {
	if o.Spec.Security == nil {
		return nil, false, false, fmt.Errorf("%s of %s has no security: nobody has decided who may call it", o, o.Service)
	}
	alternatives := *o.Spec.Security
	if len(alternatives) == 0 {
		return nil, true, false, nil
	}
	for _, a := range alternatives {
		if len(a) == 0 {
			optional = true
			continue
		}
		scopes = append(scopes, a["bearer"]...)
	}
	if len(alternatives) > 2 || (len(alternatives) == 2 && !optional) {
		return nil, false, false, fmt.Errorf("%s of %s: this test does not understand its security", o, o.Service)
	}
	return scopes, false, optional, nil
}

// MustDocuments is Documents for a test.
func MustDocuments(t require.TestingT, ctx context.Context, s *shop.Shop) []Document {
	all, err := Documents(ctx, s)
	require.NoError(t, err)
	return all
}
