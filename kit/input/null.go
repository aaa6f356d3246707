package input

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// checkNull refuses null for an optional member that is not nullable (Huma would treat it as absent), with all other errors.
func checkNull(registry huma.Registry, schema *huma.Schema, body []byte) error {
	if schema == nil || !bytes.Contains(body, []byte("null")) {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return nil // a number that is too large for every type: Huma refuses it
	}
	found := &huma.ValidateResult{}
	path := huma.NewPathBuffer(nil, 0)
	path.Push("body")
	findNull(registry, schema, path, value, found)
	if len(found.Errors) == 0 {
		return nil
	}
	huma.Validate(registry, schema, path, huma.ModeWriteToServer, value, found)
	return validationFault(found.Errors)
}

// findNull checks optional members; Huma checks the others.
func findNull(registry huma.Registry, schema *huma.Schema, path *huma.PathBuffer, value any, found *huma.ValidateResult) {
	schema = resolve(registry, schema)
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if schema.Items != nil {
				path.PushIndex(i)
				findNull(registry, schema.Items, path, item, found)
				path.Pop()
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			member, given := schema.Properties[name], v[name]
			if member == nil {
				continue
			}
			path.Push(name)
			if given == nil && !resolve(registry, member).Nullable && !slices.Contains(schema.Required, name) {
				found.Add(path, nil, encodeField("", "TIPO", "No puede ser null; quítelo si no hace falta."))
			}
			findNull(registry, member, path, given, found)
			path.Pop()
		}
	}
}

func resolve(registry huma.Registry, schema *huma.Schema) *huma.Schema {
	for schema.Ref != "" {
		schema = registry.SchemaFromRef(schema.Ref)
	}
	return schema
}
