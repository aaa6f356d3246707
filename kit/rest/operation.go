package rest

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
)

// Bearer is the name of the security scheme in the documents.
const Bearer = "bearer"

// Public needs no token, but a token that is sent must be good: a bad one is 401.
var Public = []map[string][]string{{}, {Bearer: {}}}

// NoToken ignores the Authorization header: for operations that mint tokens, and for health.
var NoToken = []map[string][]string{}

// Scopes needs a token that holds every scope named.
func Scopes(scopes ...string) []map[string][]string { return []map[string][]string{{Bearer: scopes}} }

// ScopesOf is the scopes that an operation needs; nil when it needs none.
func ScopesOf(op *huma.Operation) []string {
	if len(op.Security) == 0 {
		return nil
	}
	return op.Security[len(op.Security)-1][Bearer]
}

// The names of the marks in an operation's Metadata.
const (
	faultsKey      = "rest.faults"
	visibleKey     = "rest.visible"
	translationKey = "rest.translation"
	sharedKey      = "rest.shared"
	polledKey      = "rest.polled"
)

// Faults goes into the Metadata of an operation: its own refusals, the only source of their description in the document.
func Faults(kinds ...*fault.Kind) map[string]any { return map[string]any{faultsKey: kinds} }

// FaultsOf is the refusals that op declares.
func FaultsOf(op *huma.Operation) []*fault.Kind {
	kinds, _ := op.Metadata[faultsKey].([]*fault.Kind)
	return kinds
}

// Problems has the members of a service's problems, a struct a kind. Its schema has the code's name: ProblemaStockInsuficiente.
type Problems map[*fault.Kind]any

// Check returns the fault that hides the subject of the request from the caller; nil when the caller may see it.
type Check func(ctx context.Context, request huma.Context) error

// Visible is the Metadata of an operation whose subject may be hidden from its caller, with the operation's Faults. check runs
// only before a request is refused as invalid. Its fault (a 404) is then the answer: the rules of a body reveal nothing.
func Visible(check Check, kinds ...*fault.Kind) map[string]any {
	return map[string]any{visibleKey: check, faultsKey: kinds}
}

// Found is Visible for an operation whose path has one parameter, the id of its subject. find gets the id as the handler gets it,
// and does not run for an id that no subject can have: such an id is what the request is refused for.
func Found(find func(ctx context.Context, id int64) error, kinds ...*fault.Kind) map[string]any {
	return Allowed(func(ctx context.Context, id int64, _ huma.Context) error { return find(ctx, id) }, kinds...)
}

// Allowed is Found for an operation with a rule about what the request asks of its subject: check has the request too.
func Allowed(check func(ctx context.Context, id int64, request huma.Context) error, kinds ...*fault.Kind) map[string]any {
	return Visible(func(ctx context.Context, request huma.Context) error {
		op := request.Operation()
		at := slices.IndexFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "path" })
		id, err := strconv.ParseInt(request.Param(op.Parameters[at].Name), 10, 64)
		if err != nil || id < 1 {
			return nil
		}
		return check(ctx, id, request)
	}, kinds...)
}

// Hidden runs the operation's Check, if it has one.
func Hidden(request huma.Context) error {
	check, ok := request.Operation().Metadata[visibleKey].(Check)
	if !ok {
		return nil
	}
	return check(request.Context(), request)
}

// Translated marks an operation whose protocol has its own refusals of a wrong request. translate makes them of those that all
// operations have; none is a fault.ErrInvalid, so the document has no such answer.
func Translated(translate func(*fault.Error) error) map[string]any {
	return map[string]any{translationKey: translate}
}

// IsTranslated reports whether op is marked as Translated.
func IsTranslated(op *huma.Operation) bool { return op.Metadata[translationKey] != nil }

// Translate is err, a refusal of a wrong request, as the operation answers it.
func Translate(op *huma.Operation, err error) error {
	translate, ok := op.Metadata[translationKey].(func(*fault.Error) error)
	if !ok {
		return err
	}
	return translate(fault.From(err))
}

// Shared marks an operation whose answers without a token are the same for all callers, so that caches may keep them.
func Shared() map[string]any { return map[string]any{sharedKey: true} }

// IsShared reports whether op is marked as Shared.
func IsShared(op *huma.Operation) bool { return op.Metadata[sharedKey] != nil }

// Polled marks an operation that other programs call every few seconds: too many log lines would hide the others.
func Polled() map[string]any { return map[string]any{polledKey: true} }

// IsPolled reports whether op is marked as Polled.
func IsPolled(op *huma.Operation) bool { return op.Metadata[polledKey] != nil }

// Marks joins several marks into the Metadata of one operation.
func Marks(marks ...map[string]any) map[string]any {
	all := map[string]any{}
	for _, m := range marks {
		maps.Copy(all, m)
	}
	return all
}

// Parameter is the parameter that op declares under that name, or nil.
func Parameter(op *huma.Operation, in, name string) *huma.Param {
	at := slices.IndexFunc(op.Parameters, func(p *huma.Param) bool { return p.In == in && p.Name == name })
	if at < 0 {
		return nil
	}
	return op.Parameters[at]
}

// SchemaRef begins the reference to a named schema of the document.
const SchemaRef = "#/components/schemas/"

// Enum is the schema of a type T whose values are a closed list, under the name of T: one type in generated clients.
func Enum[T any, V ~string](r huma.Registry, values ...V) *huma.Schema {
	name := huma.DefaultSchemaNamer(reflect.TypeFor[T](), "")
	if r.Map()[name] == nil {
		schema := &huma.Schema{Type: huma.TypeString}
		for _, v := range values {
			schema.Enum = append(schema.Enum, string(v))
		}
		schema.PrecomputeMessages()
		r.Map()[name] = schema
	}
	return &huma.Schema{Ref: SchemaRef + name}
}

// exampleFails begins the sentence that says why an operation refuses its own example, sent from /docs unchanged.
const exampleFails = "El ejemplo no sirve tal cual: "

// NotAsItStands ends the description of an operation whose example cannot work for all readers of /docs; why says what they must
// do first, or write instead. The examples of all other operations work in a shop where the demo has run.
func NotAsItStands(why string) string { return exampleFails + why + "." }

// ForServices is NotAsItStands of an operation that refuses the tokens of users.
const ForServices = exampleFails + "esta operación pide el token de un servicio de la tienda, y el de un usuario es 403."
