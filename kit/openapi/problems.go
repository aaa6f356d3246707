package openapi

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"
)

// The members of this package's problems.
type (
	problemaProhibido struct {
		Permiso string `json:"permiso,omitempty" doc:"El permiso que falta, si con él se podría" example:"pedidos:gestionar"`
	}
	problemaVersionDistinta struct {
		VersionActual int64 `json:"version_actual,omitempty" doc:"La versión que hay ahora; también en su ETag" example:"8"`
	}
	problemaValidacion struct {
		Errores []fault.Field `json:"errores,omitempty" doc:"Cada campo incorrecto"`
	}
)

// shared are the kinds that need no declaration: they follow from the rest of an operation's declaration.
func shared(op *huma.Operation) []*fault.Kind {
	kinds := []*fault.Kind{
		problem.ErrUnreadable, problem.ErrSlow, problem.ErrTooLarge, problem.ErrMedia, problem.ErrLongHeaders,
		fault.ErrInternal, fault.ErrUnavailable, fault.ErrDeadline,
	}
	if !rest.IsTranslated(op) {
		kinds = append(kinds, fault.ErrInvalid)
	}
	if !strings.HasPrefix(op.Path, "/health/") {
		kinds = append(kinds, fault.ErrRateLimited)
	}
	if len(op.Security) > 0 {
		kinds = append(kinds, fault.ErrUnauthenticated)
	}
	if rest.ScopesOf(op) != nil {
		kinds = append(kinds, fault.ErrForbidden)
	}
	if rest.Parameter(op, "header", rest.KeyHeader) != nil {
		kinds = append(kinds, idempotency.ErrInFlight, idempotency.ErrReused)
	}
	if rest.Parameter(op, "header", rest.MatchHeader) != nil {
		kinds = append(kinds, fault.ErrPrecondition)
	}
	return kinds
}

func (d *Document) refusals(api *huma.OpenAPI, op *huma.Operation) {
	own := rest.FaultsOf(op)
	common := shared(op)
	byStatus := map[int][]*fault.Kind{}
	for _, k := range append(common, own...) {
		if status := problem.Status(k); !slices.Contains(byStatus[status], k) {
			byStatus[status] = append(byStatus[status], k)
		}
	}
	for status, kinds := range byStatus {
		slices.SortFunc(kinds, func(a, b *fault.Kind) int { return strings.Compare(a.Reason(), b.Reason()) })
		alone := !slices.ContainsFunc(kinds, func(k *fault.Kind) bool { return !slices.Contains(common, k) })
		op.Responses[strconv.Itoa(status)] = d.refusal(api, op, status, kinds, alone)
	}
	// No default: as a problem of any code it would hide from generated clients which members the known codes have.
	delete(op.Responses, "default")
	// Huma puts it there for every operation.
	delete(api.Components.Schemas.Map(), schemaName(reflect.TypeFor[problem.Document](), ""))
}

// refusal is the answer of an operation with one status. A refusal that many operations share has one name.
func (d *Document) refusal(api *huma.OpenAPI, op *huma.Operation, status int, kinds []*fault.Kind, common bool) *huma.Response {
	var codes, names []string
	for _, k := range kinds {
		codes = append(codes, k.Reason()+": "+k.Title())
		names = append(names, Camel(k.Reason()))
	}
	description := strings.Join(codes, ". ") + "."
	schema := &huma.Schema{Ref: d.problemSchema(api, kinds[0])}
	name := strings.Join(names, "O")
	if !common {
		name = strings.ToUpper(op.OperationID[:1]) + op.OperationID[1:] + statusWords[status]
	}
	if len(kinds) > 1 {
		schema = &huma.Schema{Ref: d.union(api, "Problema"+name, kinds)}
	}
	// A stored refusal is repeated unchanged.
	replayed := (status == http.StatusConflict || status == http.StatusNotFound) &&
		rest.Parameter(op, "header", rest.KeyHeader) != nil
	if !common || replayed {
		r := problemResponse(api, status, description, schema)
		if replayed {
			addHeaders(api, r, replayedHeader)
		}
		return r
	}
	if api.Components.Responses[name] == nil {
		api.Components.Responses[name] = problemResponse(api, status, description, schema)
	}
	return &huma.Response{Ref: "#/components/responses/" + name}
}

// statusWords end the name of an operation's answer with a status.
var statusWords = map[int]string{
	http.StatusBadRequest:   "Ilegible",
	http.StatusUnauthorized: "NoAutenticado", http.StatusForbidden: "Prohibido", http.StatusNotFound: "NoEncontrado",
	http.StatusConflict: "Conflicto", http.StatusPreconditionFailed: "VersionDistinta", http.StatusUnprocessableEntity: "NoValido",
	http.StatusTooManyRequests: "Demasiado", http.StatusServiceUnavailable: "NoDisponible",
}

func problemResponse(api *huma.OpenAPI, status int, description string, schema *huma.Schema) *huma.Response {
	r := &huma.Response{Description: description, Content: map[string]*huma.MediaType{problem.ContentType: {Schema: schema}}}
	headers := []string{"X-Request-Id", "Cache-Control"}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		headers = append(headers, "WWW-Authenticate")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusConflict:
		headers = append(headers, "Retry-After")
	}
	addHeaders(api, r, headers...)
	return r
}

// problemSchema is the schema of one kind of problem: the standard members, its code, and its own members.
func (d *Document) problemSchema(api *huma.OpenAPI, k *fault.Kind) string {
	registry := api.Components.Schemas
	name := "Problema" + Camel(k.Reason())
	members := d.problems[k]
	if t := reflect.TypeOf(members); t != nil && t.Name()[0] == 'P' { // a private struct needs no other name
		name = t.Name()
	}
	ref := rest.SchemaRef + name
	if registry.Map()[name] != nil {
		return ref
	}
	base := huma.SchemaFromType(registry, reflect.TypeFor[problem.Document]())
	schema := &huma.Schema{
		Type: huma.TypeObject, Description: k.Title(), Required: slices.Clone(base.Required), Properties: maps.Clone(base.Properties),
	}
	codigo := *base.Properties["codigo"]
	codigo.Enum, codigo.Examples = []any{k.Reason()}, nil
	schema.Properties["codigo"] = &codigo
	if members != nil {
		more := huma.SchemaFromType(registry, reflect.TypeOf(members))
		maps.Copy(schema.Properties, more.Properties)
		schema.Required = append(schema.Required, more.Required...)
	}
	schema.PrecomputeMessages()
	registry.Map()[name] = schema
	d.open(api, &huma.Schema{Ref: ref})
	return ref
}

// union is the schema of several kinds, which differ in their code.
func (d *Document) union(api *huma.OpenAPI, name string, kinds []*fault.Kind) string {
	schema := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"codigo"},
		Discriminator: &huma.Discriminator{PropertyName: "codigo", Mapping: map[string]string{}},
	}
	codigo := &huma.Schema{Type: huma.TypeString, Description: "Cuál de ellos es"}
	var titles []string
	for _, k := range kinds {
		ref := d.problemSchema(api, k)
		schema.OneOf = append(schema.OneOf, &huma.Schema{Ref: ref})
		schema.Discriminator.Mapping[k.Reason()] = ref
		codigo.Enum = append(codigo.Enum, k.Reason())
		titles = append(titles, k.Title())
	}
	schema.Description = strings.Join(titles, "; ")
	schema.Properties = map[string]*huma.Schema{"codigo": codigo}
	api.Components.Schemas.Map()[name] = schema
	return rest.SchemaRef + name
}

// Camel is STOCK_INSUFICIENTE as StockInsuficiente.
func Camel(reason string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.ToLower(reason), "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}
