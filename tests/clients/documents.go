// Package clients holds the documents against those who work from them: linters, generators of clients, and the programmers who read
// the names that these give.
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

// Merge makes one document of all, so that one package can hold the clients of all services. What has the same name must be the same.
// Of the operations that every service has, which are those of health, it keeps the first service's.
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
