// Package openapi checks the answers of the services against the documents that they serve.
package openapi

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/yaml"
)

// Operation is one method of one path of one service.
type Operation struct {
	Service, Method, Path string
	Spec                  *openapi3.Operation
}

// String is like "POST /pedidos"; no two services share a path but those of health.
func (o Operation) String() string { return o.Method + " " + o.Path }

// Document is the OpenAPI document of a service.
type Document struct {
	Service    string
	Raw        []byte
	Spec       *openapi3.T
	Operations []Operation // in a fixed order
}

// Parse reads the document of a service, which must be valid.
func Parse(ctx context.Context, service string, raw []byte) (Document, error) {
	spec, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return Document{}, fmt.Errorf("the document of %s: %w", service, err)
	}
	if err := spec.Validate(ctx); err != nil {
		return Document{}, fmt.Errorf("the document of %s is not valid: %w", service, err)
	}
	d := Document{Service: service, Raw: raw, Spec: spec}
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			d.Operations = append(d.Operations, Operation{service, method, path, operation})
		}
	}
	slices.SortFunc(d.Operations, func(a, b Operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return d, nil
}

// Committed reads the documents that stand in the repository with this root.
func Committed(ctx context.Context, root string, services ...string) (all []Document, err error) {
	for _, service := range services {
		text, err := os.ReadFile(filepath.Join(root, service, "openapi.yaml"))
		if err != nil {
			return nil, err
		}
		raw, err := yaml.YAMLToJSON(text)
		if err != nil {
			return nil, fmt.Errorf("the document of %s: %w", service, err)
		}
		d, err := Parse(ctx, service, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// Scopes are what a caller's token must hold for the operation. open means that none is needed and that none is looked at;
// optional that it may be left out, but must be good.
func (o Operation) Scopes() (scopes []string, open, optional bool, err error) {
	if o.Spec.Security == nil {
		return nil, false, false, fmt.Errorf("%s of %s has no security: declare who may call it", o, o.Service)
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
