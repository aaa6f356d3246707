package httpserver

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/rest"
	"github.com/tienda-go/tienda/kit/strictjson"
)

// humaConfig is Huma's default without its links, its lazy documents and its CDN page.
func humaConfig(o Options) huma.Config {
	c := huma.DefaultConfig(o.Title, o.Version)
	c.Info.Description = o.Description + " Donde hay GET se admite HEAD: las mismas cabeceras, sin cuerpo."
	c.Info.Contact = &huma.Contact{Name: "Tienda", URL: "https://github.com/tienda-go/tienda"}
	c.Info.License = &huma.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"}
	// The server address is relative: a proxy may serve this service under a path.
	c.Servers = []*huma.Server{{URL: ".", Description: "Donde está este documento"}}
	// The order of the tags is that of /docs.
	c.Tags = append(slices.Clone(o.Tags), &huma.Tag{Name: healthTag, Description: "Si el proceso vive y si puede atender"})
	c.CreateHooks = nil // they add `$schema` to every answer and a Link header
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{
		jsonType: {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decodeJSON},
		"json":   {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decodeJSON},
		formType: {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decodeForm},
	}
	c.DefaultFormat = jsonType
	c.Components.Schemas = huma.NewMapRegistry(rest.SchemaRef, schemaName)
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[money.Amount](), reflect.TypeFor[amountSchema]())
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		rest.Bearer: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "El access_token de POST /login del servicio auth."},
	}
	return c
}

// amountSchema documents money.Amount. There is no multipleOf: 0.01 has no exact float64, so it would refuse 19.99;
// money.Parse counts the decimals.
type amountSchema struct{}

func (amountSchema) Schema(huma.Registry) *huma.Schema {
	lowest, highest := 0.0, float64(money.Max)/100
	s := &huma.Schema{
		Type: huma.TypeNumber, Format: "double", Minimum: &lowest, Maximum: &highest,
		Description: "Importe con dos decimales como mucho", Examples: []any{19.99},
	}
	s.PrecomputeMessages()
	return s
}

// decodeJSON reads whole numbers as integers, and names a field whose value does not fit its type; encoding/json's own text
// would repeat the value.
func decodeJSON(raw []byte, v any) error {
	err := json.Unmarshal(strictjson.Whole(raw), v)
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return err
	}
	f := fault.Field{Campo: mismatch.Field, Codigo: "TIPO", Mensaje: "No tiene el tipo debido."}
	switch kind := mismatch.Type.Kind(); {
	case mismatch.Type == reflect.TypeFor[money.Amount]():
		f.Codigo, f.Mensaje = "FORMATO", "Debe ser un número entre 0 y 9999999999999.99 con dos decimales como mucho."
	case kind >= reflect.Int && kind <= reflect.Uint64:
		f.Mensaje = "Debe ser un número entero."
	}
	return encodeField(f)
}

// Huma keeps only the text of an unmarshaling error, so the field travels inside the text.
const fieldMark = "\x00field\x00"

func encodeField(f fault.Field) error {
	return errors.New(fieldMark + strings.Join([]string{f.Campo, f.Codigo, f.Mensaje}, "\x00"))
}

func decodeField(message string) (fault.Field, bool) {
	rest, ok := strings.CutPrefix(message, fieldMark)
	parts := strings.Split(rest, "\x00")
	if !ok || len(parts) != 3 {
		return fault.Field{}, false
	}
	return fault.Field{Campo: parts[0], Codigo: parts[1], Mensaje: parts[2]}, true
}

// decodeForm reads a form (RFC 6749 asks for one) as an object of strings; a repeated parameter is refused (section 3.2).
func decodeForm(raw []byte, v any) error {
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return err
	}
	object := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) > 1 || !clean(name) || !clean(all[0]) {
			return errors.New("repeated or unreadable parameter")
		}
		object[name] = all[0]
	}
	encoded, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return decodeJSON(encoded, v)
}
