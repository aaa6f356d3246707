package httpserver_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/rest"
)

// TestChallenge: RFC 6750, section 3.
func TestChallenge(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	huma.Register(s.API(), huma.Operation{OperationID: "muerta", Method: http.MethodGet, Path: "/muerta", Security: rest.Public},
		func(context.Context, *struct{}) (*struct{}, error) {
			return nil, fault.ErrUnauthenticated.New("Ya no vale.")
		})
	huma.Register(s.API(), huma.Operation{OperationID: "regla", Method: http.MethodGet, Path: "/regla", Security: rest.Public},
		func(context.Context, *struct{}) (*struct{}, error) {
			return nil, fault.ErrForbidden.New("No puede.").Needs("cosas:todas")
		})
	huma.Register(s.API(), huma.Operation{OperationID: "entra", Method: http.MethodGet, Path: "/entra", Security: rest.NoToken},
		func(context.Context, *struct{}) (*struct{}, error) {
			return nil, fault.ErrUnauthenticated.New("Contraseña mala.")
		})
	const plain, bad = `Bearer realm="tienda"`, `Bearer realm="tienda", error="invalid_token"`
	for _, c := range []struct {
		method, path, token string
		status              int
		want                string
	}{
		{"POST", "/cosas", "", 401, plain},
		{"POST", "/cosas", "Basic YTpi", 401, plain},
		{"POST", "/cosas", "Bearer bad", 401, bad},
		{"POST", "/cosas", "bearer bad", 401, bad},
		{"POST", "/cosas", "Bearer", 401, bad},
		{"GET", "/lista", "Bearer bad", 401, bad},
		{"GET", "/muerta", "Bearer cosas:leer", 401, bad},
		{"GET", "/entra", "Bearer bad", 401, plain},
		{"POST", "/cosas", "Bearer cosas:leer", 403, `Bearer realm="tienda", error="insufficient_scope", scope="cosas:escribir"`},
		{"GET", "/regla", "", 403, `Bearer realm="tienda", error="insufficient_scope", scope="cosas:todas"`},
	} {
		var headers []string
		if c.token != "" {
			headers = []string{"Authorization", c.token}
		}
		a := s.call(t, c.method, c.path, "", headers...)
		assert.Equal(t, c.status, a.status, "%+v: %s", c, a.raw)
		assert.Equal(t, c.want, a.header.Get("WWW-Authenticate"), "%+v", c)
	}
}

func TestMediaTypes_have_no_case(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, kind := range []string{"application/JSON", "Application/Json; Charset=UTF-8", `APPLICATION/JSON;charset="utf-8"`} {
		a := s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":1}`, "Authorization", write, "Content-Type", kind)
		assert.Equal(t, 201, a.status, "%s: %s", kind, a.raw)
	}
	a := s.call(t, "PATCH", "/cosas/1", `{"sku":null}`, "Authorization", write, "Content-Type",
		"Application/Merge-Patch+json; charset=UTF-8")
	assert.Equal(t, 200, a.status, a.raw)
	a = s.call(t, "POST", "/token", "grant_type=x", "Content-Type", "APPLICATION/x-www-Form-urlencoded")
	assert.Equal(t, 200, a.status, a.raw)
	s.call(t, "POST", "/cosas", "<a/>", "Authorization", write, "Content-Type", "application/xml").
		problem(t, 415, "TIPO_NO_ADMITIDO")
}

func TestWholeNumbers_are_integers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for number, want := range map[string]float64{"2.0": 2, "2e0": 2, "20e-1": 2, "1.0e6": 1_000_000} {
		a := s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":1.50,"cuenta":`+number+`}`, "Authorization", write)
		require.Equal(t, 201, a.status, "%s: %s", number, a.raw)
		assert.InDelta(t, want, a.body["cuenta"], 0, number)
	}
	for _, number := range []string{"2.5", "25e-1", "1e7", "0.0", "1e999"} {
		a := s.call(t, "POST", "/cosas", `{"nombre":"aa","precio":1,"cuenta":`+number+`}`, "Authorization", write)
		assert.Contains(t, []int{400, 422}, a.status, "%s: %s", number, a.raw)
	}
}

func TestWholeNumbers_in_the_address_are_integers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	type input struct {
		ID     int64                `path:"id"`
		Texto  string               `path:"texto"`
		Numero rest.Optional[int64] `query:"numero"`
		Varios []int64              `query:"varios"`
		Nombre string               `query:"nombre"`
	}
	type output struct{ Body string }
	var checked string
	huma.Register(s.API(), huma.Operation{
		OperationID: "sumar", Method: http.MethodGet, Path: "/sumar/{id}/{texto}", Security: rest.NoToken,
		Metadata: rest.Visible(func(_ context.Context, r huma.Context) error { checked = r.Param("id"); return nil }),
	}, func(_ context.Context, in *input) (*output, error) {
		return &output{fmt.Sprintf("%d %s %d %d %s", in.ID, in.Texto, in.Numero.Value, in.Varios, in.Nombre)}, nil
	})
	for address, want := range map[string]string{
		"2/2.0":                         "2 2.0 0 [] ",
		"2.0/2e0":                       "2 2e0 0 [] ",
		"1E2/x?numero=20e-1&nombre=2.0": "100 x 2 [] 2.0",
		"02/x?numero=-2.0":              "2 x -2 [] ",
		"0e99999/x?varios=1.0,2,3e1":    "0 x 0 [1 2 30] ",
		"2/+2?nombre=%2B2":              "2 +2 0 [] +2",
		"2/x?numero=9007199254740993.0": "2 x 9007199254740993 [] ",
	} {
		a := s.call(t, "GET", "/sumar/"+address, "")
		require.Equal(t, 200, a.status, "%s: %s", address, a.raw)
		assert.JSONEq(t, strconv.Quote(want), a.raw, address)
	}
	for _, number := range []string{
		"%2B2", "+2", "0x2", "%202", "2%20", "1e400", "2.5", "25e-1", "2.", ".5", "+2.0", "1e19", "2e", "e2", "[2]", "2_0", "1,2",
	} {
		s.call(t, "GET", "/sumar/"+number+"/x", "").field(t, "id", "TIPO")
		s.call(t, "GET", "/sumar/1/x?numero="+number, "").field(t, "numero", "TIPO")
		if number != "1,2" {
			s.call(t, "GET", "/sumar/1/x?varios=1,"+number, "").field(t, "varios", "TIPO")
		}
	}
	s.call(t, "GET", "/sumar/1/x?varios=1,,2", "").field(t, "varios", "TIPO")
	s.call(t, "GET", "/sumar/7.0/x?numero=x", "").field(t, "numero", "TIPO")
	assert.Equal(t, "7", checked, "what decides who may see it reads the same number")
}

func TestOptional_parameters(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	type input struct {
		Desde  rest.Optional[time.Time] `query:"desde"`
		Numero rest.Optional[int64]     `query:"numero" maximum:"9"`
		Parte  float64                  `query:"parte"`
		Si     bool                     `query:"si"`
	}
	type output struct{ Body map[string]any }
	huma.Register(s.API(), huma.Operation{OperationID: "optar", Method: http.MethodGet, Path: "/optar", Security: rest.NoToken},
		func(_ context.Context, in *input) (*output, error) {
			return &output{map[string]any{"desde": in.Desde.Pointer(), "numero": in.Numero.Pointer()}}, nil
		})
	for query, want := range map[string]string{
		"":                                      `{"desde":null,"numero":null}`,
		"?numero=0":                             `{"desde":null,"numero":0}`,
		"?desde=2026-01-31T03:00:00.5%2B23:59":  `{"desde":"2026-01-31T03:00:00.5+23:59","numero":null}`,
		"?desde=2026-01-31T03:00:00.25-00:00":   `{"desde":"2026-01-31T03:00:00.25Z","numero":null}`,
		"?desde=0001-01-01T00:00:00Z":           `{"desde":"0001-01-01T00:00:00Z","numero":null}`,
		"?desde=9999-12-31T23:59:59Z&numero=-1": `{"desde":"9999-12-31T23:59:59Z","numero":-1}`,
	} {
		a := s.call(t, "GET", "/optar"+query, "")
		require.Equal(t, 200, a.status, a.raw)
		assert.JSONEq(t, want, a.raw, query)
	}
	for _, instant := range []string{
		"0000-01-01T00:00:00Z", "0000-12-31T23:59:59Z", "0001-01-01T00:00:00%2B01:00", "9999-12-31T23:59:59-01:00",
	} {
		s.call(t, "GET", "/optar?desde="+instant, "").field(t, "desde", "FUERA_DE_RANGO")
	}
	for _, instant := range []string{
		"10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "ayer", "2026-01-31", "2026-01-31T3:00:00Z", "2026-01-31T03:00:00,5Z",
		"2026-01-31T03:00:00.Z", "2026-01-31T03:00:00%2B24:00", "2026-01-31T03:00:00-24:00", "2026-01-31T03:00:00%2B23:60",
		"2026-01-31t03:00:00Z", "2026-01-31T03:00:00z", "2026-01-31%2003:00:00Z", "2016-12-31T23:59:60Z", "2026-01-31T24:00:00Z",
		"2026-02-30T00:00:00Z", "2026-01-31T03:00:00", "2026-01-31T03:00Z", "2026-01-31T03:00:00%2B0100",
	} {
		s.call(t, "GET", "/optar?desde="+instant, "").field(t, "desde", "FORMATO")
	}
	for _, parameter := range []string{"numero", "parte", "si"} {
		s.call(t, "GET", "/optar?"+parameter+"=x", "").field(t, parameter, "TIPO")
	}
	huma.Register(s.API(), huma.Operation{OperationID: "exigir", Method: http.MethodGet, Path: "/exigir", Security: rest.NoToken},
		func(context.Context, *struct {
			Clave string `query:"clave" required:"true"`
		}) (*struct{}, error) {
			return nil, nil
		})
	s.call(t, "GET", "/exigir", "").field(t, "clave", "OBLIGATORIO")
	s.call(t, "GET", "/optar?numero=", "").field(t, "numero", "OBLIGATORIO")
	s.call(t, "GET", "/optar?numero=10", "").field(t, "numero", "FUERA_DE_RANGO")
}
