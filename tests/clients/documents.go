// Package clients checks the documents with the tools of their readers: linters, generators of clients, and the names that these
// generate.
package clients

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"github.com/tienda-go/tienda/tests/openapi"
)

// object is a JSON object.
type object = map[string]any

// Merge makes one document of all, so that one package can hold the clients of all services. Two things with one name must be
// equal. Every service has the health operations, and Merge keeps those of the first.
func Merge(documents []openapi.Document) ([]byte, error) {
	var all object
	operations := map[string]string{}
	for _, d := range documents {
		var one object
		if err := json.Unmarshal(d.Raw, &one); err != nil {
			return nil, err
		}
		for _, o := range d.Operations {
			if other, taken := operations[o.Spec.OperationID]; taken {
				return nil, fmt.Errorf("operationId %s is in %s and in %s", o.Spec.OperationID, other, d.Service)
			}
			operations[o.Spec.OperationID] = d.Service
		}
		if all == nil {
			all = one
			continue
		}
		for group, members := range one["components"].(object) {
			if err := join(all["components"].(object), group, members.(object)); err != nil {
				return nil, fmt.Errorf("%s of %s: %w", group, d.Service, err)
			}
		}
		paths := one["paths"].(object)
		maps.Copy(paths, all["paths"].(object))
		all["paths"] = paths
		all["tags"] = append(all["tags"].([]any), one["tags"].([]any)...)
	}
	return json.Marshal(all)
}

func join(components object, group string, members object) error {
	known, ok := components[group].(object)
	if !ok {
		components[group] = members
		return nil
	}
	for name, member := range members {
		if other, taken := known[name]; taken && !reflect.DeepEqual(other, member) {
			return fmt.Errorf("%s is another thing elsewhere", name)
		}
		known[name] = member
	}
	return nil
}
