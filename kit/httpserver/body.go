package httpserver

import (
	"cmp"
	"mime"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/fault"
)

const (
	jsonType       = "application/json"
	mergePatchType = "application/merge-patch+json"
	formType       = "application/x-www-form-urlencoded"
)

// unnamed is the field of a parameter whose name is empty, or cannot be shown.
const unnamed = "consulta"

// checkQuery refuses a parameter that is there twice, of which Huma would take the first, or empty, which Huma would take for
// absent: a filter that somebody wrote must not be passed over.
func (s *Server) checkQuery(ctx huma.Context, next func(huma.Context)) {
	address := ctx.URL()
	if address.RawQuery == "" {
		next(ctx)
		return
	}
	var fields fault.Fields
	for name, values := range address.Query() {
		switch {
		case len(values) > 1:
			fields.Add(cmp.Or(fieldPath("query."+name), unnamed), "DUPLICADO", "Este parámetro solo puede aparecer una vez.")
		case values[0] == "" && declares(ctx.Operation(), name):
			fields.Add(fieldPath("query."+name), "OBLIGATORIO", "Este parámetro no puede estar vacío; quítelo si no hace falta.")
		}
	}
	if err := fields.Err(); err != nil {
		s.refuse(ctx, err)
		return
	}
	next(ctx)
}

// declares: what the operation does not declare, Huma refuses by itself.
func declares(op *huma.Operation, query string) bool {
	return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == query })
}

// checkBody refuses what Huma and encoding/json would let through: a content type that the operation does not name,
// duplicate members, deep nesting, NUL, null where the document has none, and text that is not Unicode (RFC 7493, I-JSON).
func (s *Server) checkBody(ctx huma.Context, next func(huma.Context)) {
	declared := ctx.Operation().RequestBody
	body := humafiber.Unwrap(ctx).Request().Body()
	if declared == nil || len(body) == 0 {
		next(ctx)
		return
	}
	media := jsonType
	if header := ctx.Header("Content-Type"); header != "" {
		parsed, params, err := mime.ParseMediaType(header)
		charset := params["charset"]
		if err != nil || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
			parsed = ""
		}
		media = parsed
	}
	if _, ok := declared.Content[media]; !ok {
		s.refuse(ctx, errMedia.New("Envíe el cuerpo con Content-Type: %s.", mediaTypes(declared)))
		return
	}
	if media != formType {
		if err := scanJSON(body); err != nil {
			s.refuse(ctx, errUnreadable.New("El cuerpo no se puede leer como JSON: "+err.Error()+"."))
			return
		}
		if err := s.checkNull(declared.Content[media].Schema, body); err != nil {
			s.refuse(ctx, err)
			return
		}
	}
	next(ctx)
}

func mediaTypes(body *huma.RequestBody) string {
	if _, ok := body.Content[jsonType]; ok {
		return jsonType
	}
	for media := range body.Content {
		return media
	}
	return jsonType
}
