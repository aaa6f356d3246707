package httpserver

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"
)

const headerRef = "#/components/headers/"

// schemaName names the types of kit in the document; a service's types keep their own names.
func schemaName(t reflect.Type, hint string) string {
	switch t {
	case reflect.TypeFor[problem.Document]():
		return "Problema"
	case reflect.TypeFor[fault.Field]():
		return "ErrorDeCampo"
	case reflect.TypeFor[Health]():
		return "Salud"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// writtenHeaders describes the headers that handlers write.
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
		"Idempotency-Replayed": {Description: "true: es la respuesta que ya recibió la primera petición con esta clave",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"true"}}},
	}
}

func addHeaders(api *huma.OpenAPI, r *huma.Response, names ...string) {
	if api.Components.Headers == nil {
		api.Components.Headers = map[string]*huma.Param{}
	}
	if r.Headers == nil {
		r.Headers = map[string]*huma.Param{}
	}
	for _, name := range names {
		api.Components.Headers[name] = answeredHeaders()[name]
		r.Headers[name] = &huma.Param{Ref: headerRef + name}
	}
}

// successes are the descriptions of the statuses; Huma's are in English.
var successes = map[int]string{
	http.StatusOK: "Correcto", http.StatusCreated: "Creado", http.StatusAccepted: "Aceptado; aún no ha terminado",
	http.StatusNoContent: "Hecho",
}

// document completes Huma's description of an operation when it is registered: every refusal, every header, both content types
// of merge patches, answers that may get new members.
func (s *Server) document(api *huma.OpenAPI, op *huma.Operation) {
	if op.Method == http.MethodPatch && op.RequestBody != nil {
		op.RequestBody.Content[mergePatchType] = op.RequestBody.Content[jsonType]
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
			addHeaders(api, r, "Idempotency-Replayed")
		}
		if status == http.StatusNotModified {
			r.Headers["ETag"] = &huma.Param{Description: writtenHeaders["ETag"], Schema: &huma.Schema{Type: huma.TypeString}}
		}
		for _, m := range r.Content {
			s.open(api, m.Schema)
		}
	}
	s.refusals(api, op)
	if op.RequestBody != nil {
		for _, m := range op.RequestBody.Content {
			s.closed(api, m.Schema)
		}
	}
}

// open lets an answer have members that clients do not know yet: a new field must break no client.
func (s *Server) open(api *huma.OpenAPI, schema *huma.Schema) {
	s.walk(api, schema, s.answered, func(schema *huma.Schema) {
		if schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
	})
}

// closed notes the schemas of requests, where Huma refuses unknown members.
func (s *Server) closed(api *huma.OpenAPI, schema *huma.Schema) {
	s.walk(api, schema, s.asked, func(*huma.Schema) {})
}

// walk visits a schema and all schemas in it, each named one once. One named schema cannot be both in a request and in an
// answer.
func (s *Server) walk(api *huma.OpenAPI, schema *huma.Schema, seen map[string]bool, visit func(*huma.Schema)) {
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
		if s.asked[name] && s.answered[name] && schema.Type == huma.TypeObject {
			panic(fmt.Sprintf("httpserver: %s is in requests, which are closed, and in answers, which are open: "+
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
	s.walk(api, schema.Items, seen, visit)
	if more, ok := schema.AdditionalProperties.(*huma.Schema); ok {
		s.walk(api, more, seen, visit)
	}
	for _, property := range schema.Properties {
		s.walk(api, property, seen, visit)
	}
	for _, part := range slices.Concat(schema.OneOf, schema.AnyOf, schema.AllOf) {
		s.walk(api, part, seen, visit)
	}
}
