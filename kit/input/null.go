package input

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// checkValues refuses null for an optional member that is not nullable (Huma would treat it as absent), and NUL in a text, which
// databases refuse late, as a 500; both with all other errors.
func checkValues(registry huma.Registry, schema *huma.Schema, body []byte) error {
	if schema == nil || !bytes.Contains(body, []byte("null")) && !bytes.Contains(body, []byte(`\u0000`)) {
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
	findNUL(path, value, found)
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

// findNUL checks every text, and the name of every member.
func findNUL(path *huma.PathBuffer, value any, found *huma.ValidateResult) {
	refuse := func(s string) {
		if strings.ContainsRune(s, 0) {
			found.Add(path, nil, encodeField("", "FORMATO", withoutNUL))
		}
	}
	switch v := value.(type) {
	case string:
		refuse(v)
	case []any:
		for i, item := range v {
			path.PushIndex(i)
			findNUL(path, item, found)
			path.Pop()
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			path.Push(name)
			refuse(name)
			findNUL(path, v[name], found)
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
