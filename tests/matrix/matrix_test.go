package matrix

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestRules: each operation of the committed documents has a rule, and each rule an operation.
func TestRules(t *testing.T) {
	t.Parallel()
	rules := Rules()
	for _, service := range launcher.Names() {
		raw, err := os.ReadFile(filepath.Join(shop.Root(), service, "openapi.yaml"))
		require.NoError(t, err)
		document, err := openapi.Parse(t.Context(), service, raw)
		require.NoError(t, err)
		for _, o := range document.Operations {
			key := o.Service + " " + o.String()
			assert.NotEmpty(t, rules[key], "who may do this was not decided: add %q to tests/matrix/rules.go", key)
			delete(rules, key)
		}
	}
	assert.Empty(t, slices.Sorted(maps.Keys(rules)), "tests/matrix/rules.go decides what no document has")
}

// TestMatrix: every operation of every document, as every kind of caller, answers what was decided.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("asks a running shop")
	}
	t.Parallel()
	s := shop.New(t, shop.Options{Env: Secrets(), Quiet: true})
	w := NewWorld(t, s)
	rules, cells := Rules(), 0 // complete: TestRules
	for _, document := range Documents(t, s) {
		for _, o := range document.Operations {
			key := o.Service + " " + o.String()
			t.Run(key, func(t *testing.T) {
				for _, k := range rules[key] {
					for _, c := range w.cast.All {
						w.check(t, o, k, c)
						cells++
					}
				}
			})
		}
	}
	assert.Greater(t, cells, 600, "there are too few cells")
}

// check is one cell.
func (w *World) check(t *testing.T, o openapi.Operation, k Case, c Caller) {
	t.Helper()
	want, err := c.Decide(o)
	require.NoError(t, err)
	if want == 0 && k.Rule != nil {
		want = k.Rule(c)
	}
	r := k.Ask(w, c)
	w.checkWrong(t, o, k, c, r, cmp.Or(want, k.Wrong, http.StatusUnprocessableEntity))
	want = cmp.Or(want, k.Success)
	got := w.shop.Call(o.Service, o.Method, r.Path, c.Tokens[o.Service], r.Body, r.Headers...)
	if k.Ends && got.Status == k.Success {
		w.cast.Again(c, got.Text("access_token"))
	}
	assert.Equal(t, want, got.Status, "%s %s as %s: %s", k.Name, o, c.Name, got.Body)
	if codigo := map[int]string{http.StatusUnauthorized: "NO_AUTENTICADO", http.StatusForbidden: "PROHIBIDO"}[want]; codigo != "" {
		assert.Equal(t, codigo, got.Text("codigo"), "%s %s as %s", k.Name, o, c.Name)
	}
}

// checkWrong: who asks is decided before what is wrong with the request, here an unknown parameter.
func (w *World) checkWrong(t *testing.T, o openapi.Operation, k Case, c Caller, r Request, want int) {
	t.Helper()
	separator := "?"
	if strings.Contains(r.Path, "?") {
		separator = "&"
	}
	got := w.shop.Call(o.Service, o.Method, r.Path+separator+"que=1", c.Tokens[o.Service], r.Body, r.Headers...)
	assert.Equal(t, want, got.Status, "%s %s with an unknown parameter as %s: %s", k.Name, o, c.Name, got.Body)
}

// TestCast: what auth puts into the tokens is what the documentation says of each role and each service, no more and no less.
func TestCast(t *testing.T) {
	t.Parallel()
	cast := NewCast(t, shop.New(t, shop.Options{Env: Secrets(), Quiet: true}))
	for _, c := range cast.All {
		for service, scopes := range c.Scopes {
			parts := strings.Split(c.Tokens[service], ".")
			require.Len(t, parts, 3, "%s at %s", c.Name, service)
			raw, err := base64.RawURLEncoding.DecodeString(parts[1])
			require.NoError(t, err)
			var claims struct{ Scope string }
			require.NoError(t, json.Unmarshal(raw, &claims))
			assert.ElementsMatch(t, scopes, strings.Fields(claims.Scope), "%s at %s", c.Name, service)
		}
	}
}
