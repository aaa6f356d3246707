package matrix

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestIntegers: every integer in the path or the query of an operation has the spellings of JSON, and no others.
func TestIntegers(t *testing.T) {
	t.Parallel()
	shop.EachWith(t, shop.Options{Env: Secrets(), Quiet: true}, func(t *testing.T, s *shop.Shop) {
		w := NewWorld(t, s)
		rules, walked := Rules(), 0 // complete: TestRules
		for _, document := range Documents(t, s) {
			for _, o := range document.Operations {
				for _, p := range o.Spec.Parameters {
					if p.Value.In == openapi3.ParameterInHeader || !integers(p.Value.Schema.Value) {
						continue
					}
					t.Run(o.String()+" "+p.Value.Name, func(t *testing.T) {
						w.checkInteger(t, o, p.Value, rules[o.Service+" "+o.String()][0])
					})
					walked++
				}
			}
		}
		assert.Greater(t, walked, 25, "there are too few integers")
	})
}

// integers reports whether a parameter is an integer, or a list of integers.
func integers(s *openapi3.Schema) bool {
	return s.Type.Is(openapi3.TypeInteger) || s.Type.Is(openapi3.TypeArray) && s.Items.Value.Type.Is(openapi3.TypeInteger)
}

func (w *World) checkInteger(t *testing.T, o openapi.Operation, p *openapi3.Parameter, k Case) {
	admin := w.cast.Named("admin")
	ask := func(r Request, spelling string) shop.Answer {
		return w.shop.Call(o.Service, o.Method, spelled(t, o, p, r.Path, spelling), admin.Tokens[o.Service], r.Body, r.Headers...)
	}
	for _, spelling := range []string{"N", "N.0", "Ne0", "N0E-1"} {
		answer := ask(k.Ask(w, admin), spelling)
		assert.Equal(t, k.Success, answer.Status, "%s: %s", spelling, answer.Body)
	}
	r := k.Ask(w, admin)
	for _, spelling := range []string{"+N", "+N.0", "0xN", " N", "N ", "N.5", "1e400", "N.", "e0", "\"N\""} {
		answer := ask(r, spelling)
		assert.Equal(t, 422, answer.Status, "%s: %s", spelling, answer.Body)
		assert.Equal(t, p.Name, answer.Text("errores.0.campo"), spelling)
		assert.Equal(t, "TIPO", answer.Text("errores.0.codigo"), spelling)
	}
	if p.In == openapi3.ParameterInQuery {
		assert.Equal(t, 422, ask(r, "").Status, "an empty text")
	}
}

// spelled is the address of a good request with its own number, or 1, in place of the N of a spelling.
func spelled(t *testing.T, o openapi.Operation, p *openapi3.Parameter, address, spelling string) string {
	path, query, _ := strings.Cut(address, "?")
	if p.In == openapi3.ParameterInPath {
		steps := strings.Split(path, "/")
		i := slices.Index(strings.Split(o.Path, "/"), "{"+p.Name+"}")
		steps[i] = url.PathEscape(strings.ReplaceAll(spelling, "N", steps[i]))
		return strings.Join(steps, "/")
	}
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	values.Set(p.Name, strings.ReplaceAll(spelling, "N", cmp.Or(values.Get(p.Name), "1")))
	return path + "?" + values.Encode()
}
