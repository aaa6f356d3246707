package matrix

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestMatrix: every operation of every document, as every kind of caller, answers what was decided.
func TestMatrix(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{Env: Secrets(), Quiet: true})
	w := NewWorld(t, s)
	rules, cells := Rules(), 0
	for _, document := range MustDocuments(t, t.Context(), s) {
		for _, o := range document.Operations {
			key := o.Service + " " + o.String()
			cases := rules[key]
			delete(rules, key)
			t.Run(key, func(t *testing.T) {
				require.NotEmpty(t, cases, "nobody has decided who may do this: add it to rules.go")
				for _, k := range cases {
					for _, c := range w.cast.All {
						w.check(t, o, k, c)
						cells++
					}
				}
			})
		}
	}
	for key := range rules {
		t.Errorf("rules.go decides %s, which no document has", key)
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
	if want == 0 {
		want = k.Success
	}
	r := k.Ask(w, c)
	got := w.shop.Call(o.Service, o.Method, r.Path, c.Tokens[o.Service], r.Body, r.Headers...)
	if k.Ends && got.Status == k.Success {
		w.cast.Again(c, got.Text("access_token"))
	}
	assert.Equal(t, want, got.Status, "%s %s as %s: %s", k.Name, o, c.Name, got.Body)
	if codigo := map[int]string{http.StatusUnauthorized: "NO_AUTENTICADO", http.StatusForbidden: "PROHIBIDO"}[want]; codigo != "" {
		assert.Equal(t, codigo, got.Text("codigo"), "%s %s as %s", k.Name, o, c.Name)
	}
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
