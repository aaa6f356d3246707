package clients_test

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/clients"
)

// ofGo are names that come from the code of a service, and mean nothing to a client's programmer.
var ofGo = regexp.MustCompile(`Body$|Request$|Response$|Entrada|Salida|DTO|^List[A-Z]`)

// TestNames: a name means the same in all documents, and is one that a client's programmer would choose.
func TestNames(t *testing.T) {
	t.Parallel()
	documents := committed(t)
	_, err := clients.Merge(documents)
	require.NoError(t, err)
	for _, d := range documents {
		for name := range d.Spec.Components.Schemas {
			assert.False(t, ofGo.MatchString(name), "%s: the schema %s: give the type in adapters/httpapi another name", d.Service, name)
		}
	}
}

// TestProblems: the refusals of an operation are documented code by code, with the members of each.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, d := range committed(t) {
		for _, o := range d.Operations {
			statuses := []int{400, 408, 413, 415, 422, 431, 500, 503}
			if o.String() == "POST /token" { // RFC 6749, section 5.2: what is wrong is 400
				statuses = slices.DeleteFunc(statuses, func(status int) bool { return status == 422 })
			}
			for _, always := range statuses {
				assert.NotNil(t, o.Spec.Responses.Status(always), "%s %s: %d", d.Service, o, always)
			}
			for status, r := range o.Spec.Responses.Map() {
				for _, header := range []string{"X-Request-Id", "Cache-Control"} {
					assert.Contains(t, r.Value.Headers, header, "%s %s: %s", d.Service, o, status)
				}
				if n, _ := strconv.Atoi(status); n < 400 {
					continue
				}
				problem := r.Value.Content["application/problem+json"]
				require.NotNil(t, problem, "%s %s: %s", d.Service, o, status)
				coded(t, problem.Schema, d.Service+" "+o.String()+": "+status)
			}
		}
	}
}

// coded: a problem has one code, or is one of several, and says which.
func coded(t *testing.T, s *openapi3.SchemaRef, where string) {
	t.Helper()
	assert.True(t, strings.HasPrefix(s.Ref, "#/components/schemas/Problema"), "%s: declare its faults: rest.Faults (%s)",
		where, s.Ref)
	codigo := s.Value.Properties["codigo"]
	if !assert.NotNil(t, codigo, where) {
		return
	}
	if len(s.Value.OneOf) == 0 {
		assert.Len(t, codigo.Value.Enum, 1, where)
		return
	}
	var codes []any
	for _, one := range s.Value.OneOf {
		coded(t, one, where)
		codes = append(codes, one.Value.Properties["codigo"].Value.Enum...)
	}
	assert.ElementsMatch(t, codes, codigo.Value.Enum, where)
	mapped := slices.Sorted(maps.Keys(s.Value.Discriminator.Mapping))
	assert.Len(t, mapped, len(codes), where)
}

// TestOpenAndClosed: an answer may have members that its reader does not know, a request may not; and amounts are doubles.
func TestOpenAndClosed(t *testing.T) {
	t.Parallel()
	for _, d := range committed(t) {
		asked, answered := map[*openapi3.Schema]bool{}, map[*openapi3.Schema]bool{}
		for _, o := range d.Operations {
			if o.Spec.RequestBody != nil {
				for _, m := range o.Spec.RequestBody.Value.Content {
					objects(m.Schema, asked)
				}
			}
			for _, r := range o.Spec.Responses.Map() {
				for _, m := range r.Value.Content {
					objects(m.Schema, answered)
				}
			}
		}
		require.NotEmpty(t, answered, d.Service)
		for s := range asked {
			closed := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
			assert.True(t, closed || s.AdditionalProperties.Schema != nil || !s.Type.Is("object"), "%s: a request is open: %v", d.Service,
				s.Properties)
			doubles(t, s)
		}
		for s := range answered {
			assert.True(t, s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has, "%s: an answer is closed: %v", d.Service,
				s.Properties)
			doubles(t, s)
		}
	}
}

func doubles(t *testing.T, s *openapi3.Schema) {
	t.Helper()
	if s.Type.Is("number") {
		assert.Equal(t, "double", s.Format, s.Description)
	}
}

// objects gathers a schema and all that it is made of.
func objects(s *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if s == nil || seen[s.Value] {
		return
	}
	seen[s.Value] = true
	objects(s.Value.Items, seen)
	objects(s.Value.AdditionalProperties.Schema, seen)
	for _, p := range s.Value.Properties {
		objects(p, seen)
	}
	for _, part := range slices.Concat(s.Value.OneOf, s.Value.AnyOf, s.Value.AllOf) {
		objects(part, seen)
	}
}
