// Package input reads requests more strictly than Huma does, and gives each error a field, a code and a Spanish sentence.
package input

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"mime"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"
	"github.com/tienda-go/tienda/kit/strictjson"
)

// The media types of bodies.
const (
	JSON       = "application/json"
	MergePatch = "application/merge-patch+json"
	form       = "application/x-www-form-urlencoded"
)

// unnamed is the field name for a parameter whose own name is empty or cannot be shown.
const unnamed = "consulta"

// Check refuses what Huma would accept or ignore. registry has the schemas of the document.
func Check(ctx huma.Context, registry huma.Registry) error {
	if err := checkIfMatch(ctx); err != nil {
		return err
	}
	if err := checkQuery(ctx); err != nil {
		return err
	}
	return checkBody(ctx, registry)
}

// checkQuery refuses repeated and empty parameters: Huma would use the first one, or none, and a filter must not be ignored.
func checkQuery(ctx huma.Context) error {
	address := ctx.URL()
	if address.RawQuery == "" {
		return nil
	}
	var fields fault.Fields
	for name, values := range address.Query() {
		switch {
		case len(values) > 1:
			fields.Add(cmp.Or(fieldPath("query."+name), unnamed), "DUPLICADO", "Este parámetro solo puede aparecer una vez.")
		case rest.Parameter(ctx.Operation(), "query", name) == nil: // Huma refuses it
		case values[0] == "":
			fields.Add(fieldPath("query."+name), "OBLIGATORIO", "Este parámetro no puede estar vacío; quítelo si no hace falta.")
		case rest.Parameter(ctx.Operation(), "query", name).Schema.Format == "date-time" && !storable(values[0]):
			fields.Add(fieldPath("query."+name), "FUERA_DE_RANGO", "Debe ser un instante de los años 1 a 9999, en UTC.")
		}
	}
	return fields.Err()
}

// storable: PostgreSQL and SQLite agree on the instants of four-digit years. Huma refuses texts that are not an instant.
func storable(instant string) bool {
	t, err := time.Parse(time.RFC3339, instant)
	year := t.UTC().Year()
	return err != nil || year >= 1 && year <= 9999
}

// checkBody refuses what Huma and encoding/json would accept: a content type that the operation does not name, duplicate
// members, deep nesting, NUL, null where the document has none, and text that is not Unicode (RFC 7493, I-JSON).
func checkBody(ctx huma.Context, registry huma.Registry) error {
	expected := ctx.Operation().RequestBody
	request := humafiber.Unwrap(ctx).Request()
	body := request.Body()
	if expected == nil || len(body) == 0 {
		return nil
	}
	media := JSON
	if header := ctx.Header("Content-Type"); header != "" {
		parsed, params, err := mime.ParseMediaType(header)
		charset := params["charset"]
		if err != nil || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
			parsed = ""
		}
		media = parsed // in lower case: media types have no case (RFC 9110, section 8.3.1), but Huma's readers do
		request.Header.SetContentType(media)
	}
	if _, ok := expected.Content[media]; !ok {
		return problem.ErrMedia.New("Envíe el cuerpo con Content-Type: %s.", slices.Min(slices.Collect(maps.Keys(expected.Content))))
	}
	if media == form {
		return nil
	}
	if err := strictjson.Scan(body); err != nil {
		return problem.ErrUnreadable.New("El cuerpo no se puede leer como JSON: " + err.Error() + ".")
	}
	return checkNull(registry, expected.Content[media].Schema, body)
}

// checkIfMatch refuses a condition that the operation would ignore.
func checkIfMatch(ctx huma.Context) error {
	sent := humafiber.Unwrap(ctx).Request().Header.PeekAll(rest.MatchHeader)
	if len(sent) == 0 || rest.Parameter(ctx.Operation(), "header", rest.MatchHeader) != nil {
		return nil
	}
	return fault.Wrong(rest.MatchHeader, "DESCONOCIDO", "Esta operación no admite If-Match; quite la cabecera.")
}

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
