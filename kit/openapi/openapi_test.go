package openapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/input"
	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/openapi"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"
)

var (
	errStock  = fault.Define(fault.Conflict, "SIN_STOCK", "Sin existencias")
	errClosed = fault.Define(fault.Conflict, "CERRADO", "Cerrado")
)

type (
	problemaSinStock struct {
		Disponible int     `json:"disponible"`
		Lineas     []linea `json:"lineas"`
	}
	linea struct{ Producto int }
)

type (
	pieza  struct{ Nombre string }
	cuenta struct{ Piezas []pieza }
	nueva  struct {
		Precio money.Amount
		Estado rest.Removable[estado] `json:",omitempty"`
	}
	estado string
)

func (estado) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[estado, estado](r, "abierto", "cerrado")
}

func newAPI() huma.API {
	return humafiber.New(fiber.New(), openapi.Config("Prueba", "1", "De prueba.", nil))
}

// register adds an operation with these bodies and completes its description.
func register[I, O any](api huma.API, op huma.Operation) *huma.Operation {
	document := openapi.New(rest.Problems{errStock: problemaSinStock{}})
	return registerIn[I, O](api, document, op)
}

func registerIn[I, O any](api huma.API, document *openapi.Document, op huma.Operation) *huma.Operation {
	api.OpenAPI().OnAddOperation = []huma.AddOpFunc{document.Complete}
	huma.Register(api, op, func(context.Context, *I) (*O, error) { return nil, nil })
	item := api.OpenAPI().Paths[op.Path]
	for _, found := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if found != nil && found.OperationID == op.OperationID {
			return found
		}
	}
	return nil
}

type output struct {
	ETag string `header:"ETag"`
	Body cuenta
}

func TestConfig(t *testing.T) {
	t.Parallel()
	config := openapi.Config("Prueba", "1", "De prueba.", []*huma.Tag{{Name: "Cosas"}})
	assert.Empty(t, config.CreateHooks, "they add $schema and a Link header to every answer")
	assert.True(t, config.RejectUnknownQueryParameters)
	assert.Equal(t, ".", config.Servers[0].URL, "relative, for a proxy with a path prefix")
	assert.Equal(t, openapi.HealthTag, config.Tags[len(config.Tags)-1].Name)
	for _, path := range []string{config.OpenAPIPath, config.DocsPath, config.SchemasPath} {
		assert.Empty(t, path, "Huma's own pages come from another server")
	}
}

func TestCamel(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "StockInsuficiente", openapi.Camel("STOCK_INSUFICIENTE"))
	assert.Equal(t, "Listo", openapi.Camel("_listo_"))
}

// Every refusal that an operation can give is in its description, and no other.
func TestComplete_refusals(t *testing.T) {
	t.Parallel()
	api := newAPI()
	type keyed struct {
		rest.IdempotencyKey
		rest.IfMatch
	}
	open := register[struct{}, output](api, huma.Operation{OperationID: "leer", Method: http.MethodGet, Path: "/cosas",
		Security: rest.NoToken})
	guarded := register[keyed, output](api, huma.Operation{OperationID: "cambiar", Method: http.MethodPost, Path: "/cosas",
		Security: rest.Scopes("cosas"), Metadata: rest.Faults(errStock, fault.ErrNotFound)})
	health := register[struct{}, output](api, huma.Operation{OperationID: "vivo", Method: http.MethodGet, Path: "/health/live"})

	common := []string{"400", "408", "413", "415", "422", "431", "500", "503"}
	assert.ElementsMatch(t, append([]string{"200", "429"}, common...), statuses(open))
	assert.ElementsMatch(t, append([]string{"200", "401", "403", "404", "409", "412", "429"}, common...), statuses(guarded))
	assert.ElementsMatch(t, append([]string{"200"}, common...), statuses(health), "health is not limited")
	assert.NotContains(t, open.Responses, "default", "it would hide which members the known codes have")

	assert.Equal(t, "#/components/responses/DemasiadasPeticiones", open.Responses["429"].Ref, "shared by all operations")
	assert.Equal(t, open.Responses["429"].Ref, guarded.Responses["429"].Ref)
	conflict := guarded.Responses["409"]
	assert.Empty(t, conflict.Ref)
	assert.Contains(t, conflict.Description, "SIN_STOCK: Sin existencias")
	union := schema(t, api, conflict.Content[problem.ContentType].Schema)
	assert.Equal(t, map[string]string{
		"SIN_STOCK":      rest.SchemaRef + "ProblemaSinStock",
		"CLAVE_EN_CURSO": rest.SchemaRef + "ProblemaClaveEnCurso",
	}, union.Discriminator.Mapping)
	assert.Len(t, union.OneOf, 2)
	assert.Equal(t, []any{"CLAVE_EN_CURSO", "SIN_STOCK"}, union.Properties["codigo"].Enum)

	stock := api.OpenAPI().Components.Schemas.Map()["ProblemaSinStock"]
	assert.Equal(t, []any{"SIN_STOCK"}, stock.Properties["codigo"].Enum)
	assert.Contains(t, stock.Properties, "disponible", "the kind's own member")
	assert.Contains(t, stock.Required, "disponible")
	assert.Contains(t, stock.Properties, "request_id", "the members of all problems")
	assert.Nil(t, stock.AdditionalProperties, "open: a new member must break no client")
	assert.Nil(t, api.OpenAPI().Components.Schemas.Map()["Linea"].AdditionalProperties)
}

// A kind that only one operation refuses with, beside kinds of all operations, does not change the descriptions of the others.
func TestComplete_names_of_refusals(t *testing.T) {
	t.Parallel()
	api := newAPI()
	one := register[struct{}, output](api, huma.Operation{OperationID: "uno", Method: http.MethodGet, Path: "/uno",
		Metadata: rest.Faults(errStock, errClosed)})
	two := register[struct{}, output](api, huma.Operation{OperationID: "dos", Method: http.MethodGet, Path: "/dos",
		Metadata: rest.Faults(errClosed)})
	assert.Equal(t, rest.SchemaRef+"ProblemaUnoConflicto", one.Responses["409"].Content[problem.ContentType].Schema.Ref)
	assert.Equal(t, rest.SchemaRef+"ProblemaCerrado", two.Responses["409"].Content[problem.ContentType].Schema.Ref)
	assert.Equal(t, one.Responses["422"].Ref, two.Responses["422"].Ref)
}

func TestComplete_headers(t *testing.T) {
	t.Parallel()
	api := newAPI()
	plain := register[struct{}, output](api, huma.Operation{OperationID: "leer", Method: http.MethodGet, Path: "/cosas",
		Security: rest.Scopes("cosas"), Responses: map[string]*huma.Response{"304": {Description: "Sin cambios"}}})
	keyed := register[struct{ rest.IdempotencyKey }, output](api, huma.Operation{OperationID: "hacer", Method: http.MethodPost,
		Path: "/cosas", Metadata: rest.Faults(errStock)})
	assert.Equal(t, "Correcto", plain.Responses["200"].Description, "Huma's is in English")
	assert.NotEmpty(t, plain.Responses["200"].Headers["ETag"].Description)
	assert.Contains(t, plain.Responses["200"].Headers, "X-Request-Id")
	assert.Contains(t, plain.Responses["200"].Headers, "Cache-Control")
	assert.NotContains(t, plain.Responses["200"].Headers, "Idempotency-Replayed")
	assert.Contains(t, plain.Responses["304"].Headers, "ETag")
	assert.Contains(t, keyed.Responses["200"].Headers, "Idempotency-Replayed")
	assert.Contains(t, keyed.Responses["409"].Headers, "Idempotency-Replayed", "a stored refusal is repeated")
	shared := api.OpenAPI().Components.Responses
	assert.Contains(t, shared["NoAutenticado"].Headers, "WWW-Authenticate")
	assert.Contains(t, shared["DemasiadasPeticiones"].Headers, "Retry-After")
	assert.NotContains(t, shared["ErrorInterno"].Headers, "Retry-After")
}

// Requests refuse unknown members, answers may have them, and a reference that may be null has null in its schema.
func TestComplete_schemas(t *testing.T) {
	t.Parallel()
	api := newAPI()
	op := register[struct{ Body nueva }, output](api,
		huma.Operation{OperationID: "cambiar", Method: http.MethodPatch, Path: "/cosas"})
	asked := schema(t, api, op.RequestBody.Content[input.JSON].Schema)
	assert.Equal(t, false, asked.AdditionalProperties)
	assert.Equal(t, op.RequestBody.Content[input.JSON], op.RequestBody.Content[input.MergePatch])
	amount := asked.Properties["Precio"]
	assert.InDelta(t, 9_999_999_999_999.99, *amount.Maximum, 0)
	assert.Nil(t, amount.MultipleOf, "0.01 would refuse 19.99")
	nullable := asked.Properties["Estado"]
	require.Len(t, nullable.AnyOf, 2)
	assert.Equal(t, rest.SchemaRef+"Estado", nullable.AnyOf[0].Ref)
	assert.Equal(t, "null", nullable.AnyOf[1].Type)

	answered := schema(t, api, op.Responses["200"].Content[input.JSON].Schema)
	assert.Nil(t, answered.AdditionalProperties)
	assert.Nil(t, api.OpenAPI().Components.Schemas.Map()["Pieza"].AdditionalProperties, "also inside")
}

func TestComplete_refuses_a_type_that_is_asked_and_answered(t *testing.T) {
	t.Parallel()
	api, document := newAPI(), openapi.New(nil)
	read := huma.Operation{OperationID: "leer", Method: http.MethodGet, Path: "/a"}
	write := huma.Operation{OperationID: "hacer", Method: http.MethodPost, Path: "/a"}
	registerIn[struct{}, struct{ Body pieza }](api, document, read)
	assert.PanicsWithValue(t, "openapi: Pieza is in requests, which are closed, and in answers, which are open: "+
		"give each a type of its own", func() { registerIn[struct{ Body pieza }, struct{}](api, document, write) })
}

func statuses(op *huma.Operation) (all []string) {
	for status := range op.Responses {
		all = append(all, status)
	}
	return all
}

func schema(t *testing.T, api huma.API, s *huma.Schema) *huma.Schema {
	t.Helper()
	require.NotNil(t, s)
	if s.Ref != "" {
		s = api.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	require.NotNil(t, s)
	return s
}
