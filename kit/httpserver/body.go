package httpserver

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/fault"
)

const (
	jsonType       = "application/json"
	mergePatchType = "application/merge-patch+json"
	formType       = "application/x-www-form-urlencoded"

	maxDepth = 32 // of arrays and objects in one another
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

// The reasons of scanJSON; a client reads them.
var (
	errSyntax    = errors.New("tiene un error de sintaxis")
	errNotUTF8   = errors.New("contiene texto que no es UTF-8")
	errNUL       = errors.New("contiene un carácter NUL")
	errDepth     = errors.New("tiene demasiados niveles")
	errDuplicate = errors.New("repite un campo en el mismo objeto")
	errTrailing  = errors.New("hay más de un valor")
)

// scanJSON reads the whole document once, token by token, and keeps only the names of the open objects.
func scanJSON(raw []byte) error {
	if !utf8.Valid(raw) {
		return errNotUTF8
	}
	// A lone surrogate escape becomes U+FFFD when decoded; one that the client wrote itself stays allowed.
	replacementSent := bytes.ContainsRune(raw, utf8.RuneError) || bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`))
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	type level struct {
		names   map[string]struct{} // nil for an array
		wantKey bool
	}
	var open []level
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			if len(open) > 0 {
				return errSyntax
			}
			return nil
		}
		if err != nil {
			return errSyntax
		}
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				if len(open) == maxDepth {
					return errDepth
				}
				l := level{}
				if t == '{' {
					l = level{names: map[string]struct{}{}, wantKey: true}
				}
				open = append(open, l)
				continue
			}
			open = open[:len(open)-1]
		case string:
			if strings.ContainsRune(t, 0) {
				return errNUL
			}
			if !replacementSent && strings.ContainsRune(t, utf8.RuneError) {
				return errNotUTF8
			}
			if n := len(open); n > 0 && open[n-1].names != nil && open[n-1].wantKey {
				if _, twice := open[n-1].names[t]; twice {
					return errDuplicate
				}
				open[n-1].names[t] = struct{}{}
				open[n-1].wantKey = false
				continue
			}
		}
		// A value has ended: within an object a name comes next, at the top nothing may.
		if n := len(open); n > 0 {
			open[n-1].wantKey = open[n-1].names != nil
		} else if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return errTrailing
		}
	}
}
