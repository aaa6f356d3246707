// Package openapi writes what Huma cannot know of a document: every refusal, every header, which objects may get new members.
package openapi

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/input"
	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"
)

const replayedHeader = "Idempotency-Replayed"

// HealthTag groups the operations about the process itself.
const HealthTag = "Salud"

// Config is Huma's default without its links, its lazy documents and its CDN page.
func Config(title, version, description string, tags []*huma.Tag) huma.Config {
	c := huma.DefaultConfig(title, version)
	c.Info.Description = description + " Donde hay GET se admite HEAD: las mismas cabeceras, sin cuerpo."
	c.Info.Contact = &huma.Contact{Name: "Tienda", URL: "https://github.com/tienda-go/tienda"}
	c.Info.License = &huma.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"}
	// The server address is relative: a proxy may serve this service under a path.
	c.Servers = []*huma.Server{{URL: ".", Description: "Donde está este documento"}}
	// The order of the tags is that of /docs.
	c.Tags = append(slices.Clone(tags), &huma.Tag{Name: HealthTag, Description: "Si el proceso vive y si puede atender"})
	c.CreateHooks = nil // they add `$schema` to every answer and a Link header
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	c.Formats = input.Formats()
	c.DefaultFormat = input.JSON
	c.Components.Headers, c.Components.Responses = map[string]*huma.Param{}, map[string]*huma.Response{}
	c.Components.Schemas = huma.NewMapRegistry(rest.SchemaRef, schemaName)
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[money.Amount](), reflect.TypeFor[amountSchema]())
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		rest.Bearer: {Type: "http", Scheme: "bearer", BearerFormat: "JWT",
			Description: "El access_token de POST /login del servicio auth."},
	}
	return c
}

// amountSchema documents money.Amount. A multipleOf of 0.01, no exact float64, would refuse 19.99: money.Parse counts decimals.
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

// schemaName names the types of kit in the document; a service's types keep their own names.
func schemaName(t reflect.Type, hint string) string {
	switch t {
	case reflect.TypeFor[problem.Document]():
		return "Problema"
	case reflect.TypeFor[fault.Field]():
		return "ErrorDeCampo"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

var writtenHeaders = map[string]string{
	"ETag":     "La versión entre comillas, para If-Match y If-None-Match",
	"Location": "Dónde está lo creado; una referencia relativa a la dirección de la petición",
	"Link":     "La página siguiente (RFC 8288), si hay más",
}

// answeredHeaders are the headers that Huma cannot see, because no handler writes them.
func answeredHeaders() map[string]*huma.Param {
	always := func(description string, example any) *huma.Param {
		return &huma.Param{Required: true, Description: description,
			Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{example}}}
	}
	one := 1.0
	return map[string]*huma.Param{
		"X-Request-Id": always("Identifica la petición en los registros; es el que se envió, si se envió uno",
			"8e03978e-40d5-43e8-bc93-6894a57f9324"),
		"Cache-Control": always("Qué pueden guardar las cachés", "no-store"),
		"WWW-Authenticate": {Description: "Cómo autenticarse, y qué le falta al token que se envió (RFC 6750)",
			Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{`Bearer realm="tienda", error="invalid_token"`}}},
		"Retry-After": {Description: "Segundos que hay que esperar antes de repetir la petición",
			Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &one, Examples: []any{1}}},
		replayedHeader: {Description: "true: es la respuesta que ya recibió la primera petición con esta clave",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"true"}}},
	}
}

func addHeaders(api *huma.OpenAPI, r *huma.Response, names ...string) {
	if r.Headers == nil {
		r.Headers = map[string]*huma.Param{}
	}
	for _, name := range names {
		api.Components.Headers[name] = answeredHeaders()[name]
		r.Headers[name] = &huma.Param{Ref: "#/components/headers/" + name}
	}
}

// successes are the descriptions of the statuses; Huma's are in English.
var successes = map[int]string{
	http.StatusOK: "Correcto", http.StatusCreated: "Creado", http.StatusAccepted: "Aceptado; aún no ha terminado",
	http.StatusNoContent: "Hecho",
}

// Document completes the description of each operation.
type Document struct {
	problems rest.Problems   // the members of each kind's problems
	asked    map[string]bool // the schemas that requests have
	answered map[string]bool // the schemas that answers have
}

// New knows the members of a service's own problems.
func New(problems rest.Problems) *Document {
	all := rest.Problems{
		fault.ErrForbidden: problemaProhibido{}, fault.ErrPrecondition: problemaVersionDistinta{},
		fault.ErrInvalid: problemaValidacion{},
	}
	maps.Copy(all, problems)
	return &Document{problems: all, asked: map[string]bool{}, answered: map[string]bool{}}
}

// Complete finishes Huma's description of an operation: refusals, headers, both content types of merge patches, open answers.
func (d *Document) Complete(api *huma.OpenAPI, op *huma.Operation) {
	if op.Method == http.MethodPatch && op.RequestBody != nil {
		op.RequestBody.Content[input.MergePatch] = op.RequestBody.Content[input.JSON]
	}
	for _, p := range op.Parameters {
		if p.Schema.Ref == "" && len(p.Schema.Examples) > 0 { // /docs uses only the parameter's own example
			p.Example, p.Schema.Examples = p.Schema.Examples[0], nil
		}
	}
	for code, r := range op.Responses {
		status, _ := strconv.Atoi(code)
		if status < 200 || status >= 400 {
			continue
		}
		if r.Description == http.StatusText(status) {
			r.Description = successes[status]
		}
		for name, header := range r.Headers {
			if header.Description == "" && header.Ref == "" {
				header.Description = writtenHeaders[name]
			}
		}
		addHeaders(api, r, "X-Request-Id", "Cache-Control")
		if rest.Parameter(op, "header", rest.KeyHeader) != nil {
			addHeaders(api, r, replayedHeader)
		}
		if status == http.StatusNotModified {
			r.Headers["ETag"] = &huma.Param{Description: writtenHeaders["ETag"], Schema: &huma.Schema{Type: huma.TypeString}}
		}
		for _, m := range r.Content {
			d.open(api, m.Schema)
		}
	}
	d.refusals(api, op)
	if op.RequestBody != nil {
		for _, m := range op.RequestBody.Content {
			d.walk(api, m.Schema, d.asked, func(*huma.Schema) {}) // Huma refuses unknown members there
		}
	}
}

// open lets an answer have members that clients do not know yet: a new field must break no client.
func (d *Document) open(api *huma.OpenAPI, schema *huma.Schema) {
	d.walk(api, schema, d.answered, func(schema *huma.Schema) {
		if schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
	})
}

// walk visits a schema and all schemas in it, each named one once. None of these can be both in a request and in an answer.
func (d *Document) walk(api *huma.OpenAPI, schema *huma.Schema, seen map[string]bool, visit func(*huma.Schema)) {
	if schema == nil {
		return
	}
	if schema.Ref != "" {
		name := schema.Ref[len(rest.SchemaRef):]
		if seen[name] {
			return
		}
		seen[name] = true
		schema = api.Components.Schemas.SchemaFromRef(schema.Ref)
		if d.asked[name] && d.answered[name] && schema.Type == huma.TypeObject {
			panic(fmt.Sprintf("openapi: %s is in requests, which are closed, and in answers, which are open: "+
				"give each a type of its own", name))
		}
	}
	for name, property := range schema.Properties {
		if property.Nullable && property.Ref != "" { // a reference has no own type to which null can be added
			schema.Properties[name] = &huma.Schema{
				Description: property.Description, AnyOf: []*huma.Schema{{Ref: property.Ref}, {Type: "null"}},
			}
		}
	}
	visit(schema)
	d.walk(api, schema.Items, seen, visit)
	if more, ok := schema.AdditionalProperties.(*huma.Schema); ok {
		d.walk(api, more, seen, visit)
	}
	for _, property := range schema.Properties {
		d.walk(api, property, seen, visit)
	}
	for _, part := range slices.Concat(schema.OneOf, schema.AnyOf, schema.AllOf) {
		d.walk(api, part, seen, visit)
	}
}
