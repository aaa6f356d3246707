package httpserver_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/rest"
)

// conditional is a server with a thing in version 7: one operation changes it with If-Match, another without.
func conditional(t *testing.T) *shop {
	t.Helper()
	s := newShop(t)
	huma.Register(s.API(), huma.Operation{OperationID: "cambiar", Method: http.MethodPut, Path: "/versionado",
		Security: rest.NoToken},
		func(_ context.Context, in *struct{ rest.IfMatch }) (*struct{ Body []int64 }, error) {
			return &struct{ Body []int64 }{append([]int64{}, in.Versions()...)}, nil
		})
	return s
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	s := conditional(t)
	for header, want := range map[string]string{
		`"7"`: "[7]", ` "7" `: "[7]", `"6", "7"`: "[6,7]", `"6","7",`: "[6,7]", `, "7"`: "[7]", "*": "[]", " * ": "[]",
		`W/"7"`: "[0]", `W/"7", "7"`: "[0,7]", `"a"`: "[0]", `"07"`: "[0]", `"-1"`: "[0]", `""`: "[0]", `"+7"`: "[0]",
		`"a,b"`: "[0]", `"a,b", "7"`: "[0,7]", `"99999999999999999999"`: "[0]",
	} {
		a := s.call(t, "PUT", "/versionado", "", "If-Match", header)
		require.Equal(t, 200, a.status, "%s: %s", header, a.raw)
		assert.JSONEq(t, want, a.raw, header)
	}
	assert.JSONEq(t, "[]", s.call(t, "PUT", "/versionado", "").raw, "any version will do")
	assert.JSONEq(t, "[6,7]", s.call(t, "PUT", "/versionado", "", "If-Match", `"6"`, "If-Match", `"7"`).raw,
		"two lines are one list")
	for _, header := range []string{"", " ", ",", "7", `"7`, `7"`, `"7" "8"`, `"7", *`, `w/"7"`, `"a b"`} {
		s.call(t, "PUT", "/versionado", "", "If-Match", header).field(t, "If-Match", "FORMATO")
	}
	s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":1}`, "Authorization", write, "If-Match", `"7"`).
		field(t, "If-Match", "DESCONOCIDO")
	s.call(t, "GET", "/health/live", "", "If-Match", "").field(t, "If-Match", "DESCONOCIDO")
	assert.Equal(t, `"7"`, rest.ETag(7))
}
