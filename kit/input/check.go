// Package input reads requests more strictly than Huma does, and gives each error a field, a code and a Spanish sentence.
package input

import (
	"cmp"
	"maps"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"
	"github.com/tienda-go/tienda/kit/strictjson"
)

// The media types of bodies.
const (
	JSON       = "application/json"
	MergePatch = "application/merge-patch+json"
	form       = "application/x-www-form-urlencoded"
)

// unnamed is the field name for a parameter whose own name is empty or cannot be shown.
const unnamed = "consulta"

// whole is the field name for the body itself, and for a member whose name cannot be shown.
const whole = "cuerpo"

// Check refuses what Huma would accept or ignore. registry has the schemas of the document.
func Check(ctx huma.Context, registry huma.Registry) error {
	if err := checkIfMatch(ctx); err != nil {
		return err
	}
	if err := checkQuery(ctx); err != nil {
		return err
	}
	return checkBody(ctx, registry)
}

// checkQuery refuses repeated and empty parameters: Huma would use the first one, or none, and a filter must not be ignored.
func checkQuery(ctx huma.Context) error {
	address := ctx.URL()
	if address.RawQuery == "" {
		return nil
	}
	var fields fault.Fields
	for name, values := range address.Query() {
		switch {
		case len(values) > 1:
			fields.Add(cmp.Or(fieldPath("query."+name), unnamed), "DUPLICADO", "Este parámetro solo puede aparecer una vez.")
		case rest.Parameter(ctx.Operation(), "query", name) == nil: // Huma refuses it
		case values[0] == "":
			fields.Add(fieldPath("query."+name), "OBLIGATORIO", "Este parámetro no puede estar vacío; quítelo si no hace falta.")
		case strings.ContainsRune(values[0], 0): // databases refuse it late, as a 500
			fields.Add(fieldPath("query."+name), "FORMATO", withoutNUL)
		case rest.Parameter(ctx.Operation(), "query", name).Schema.Format == "date-time":
			checkInstant(fieldPath("query."+name), values[0], &fields)
		}
	}
	return fields.Err()
}

// rfc3339 is the form of an instant (RFC 3339, section 5.6). time.Parse, which Huma uses, also reads T3:00:00Z, a comma before a
// fraction, and an offset of 24 hours. It finds dates that do not exist. T and Z in lower case, and a second 60, are refused.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// checkInstant refuses what is no instant, and the years on which PostgreSQL and SQLite do not agree.
func checkInstant(campo, value string, f *fault.Fields) {
	t, err := time.Parse(time.RFC3339, value)
	switch year := t.UTC().Year(); {
	case err != nil || !rfc3339.MatchString(value):
		f.Add(campo, "FORMATO", instant)
	case year < 1 || year > 9999:
		f.Add(campo, "FUERA_DE_RANGO", "Debe ser un instante de los años 1 a 9999, en UTC.")
	}
}

// checkBody refuses what Huma and encoding/json would accept: a content type that the operation does not name, duplicate
// members, deep nesting, NUL in a text, null where the document has none, and text that is not Unicode (RFC 7493, I-JSON).
func checkBody(ctx huma.Context, registry huma.Registry) error {
	expected := ctx.Operation().RequestBody
	request := humafiber.Unwrap(ctx).Request()
	body := request.Body()
	if expected == nil || len(body) == 0 {
		return nil
	}
	media := JSON // also without a Content-Type, as in the API before; RFC 9110, section 8.3, leaves it to the recipient
	if header := ctx.Header("Content-Type"); header != "" {
		parsed, params, err := mime.ParseMediaType(header)
		charset := params["charset"]
		if err != nil || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
			parsed = ""
		}
		media = parsed // in lower case: media types have no case (RFC 9110, section 8.3.1), but Huma's readers do
		request.Header.SetContentType(media)
	}
	if _, ok := expected.Content[media]; !ok {
		return problem.ErrMedia.New("Envíe el cuerpo con Content-Type: %s.", slices.Min(slices.Collect(maps.Keys(expected.Content))))
	}
	if media == form {
		return checkForm(body)
	}
	if err := strictjson.Scan(body); err != nil {
		return problem.ErrUnreadable.New("El cuerpo no se puede leer como JSON: " + err.Error() + ".")
	}
	return checkValues(registry, expected.Content[media].Schema, body)
}

// checkForm refuses what cannot be read, and a repeated parameter (RFC 6749, section 3.2).
func checkForm(body []byte) error {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return problem.ErrUnreadable.New("El formulario no se puede leer; codifíquelo como application/x-www-form-urlencoded.")
	}
	var fields fault.Fields
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch value := values.Get(name); {
		case !utf8.ValidString(name + value):
			return problem.ErrUnreadable.New("El formulario contiene texto que no es UTF-8.")
		case len(values[name]) > 1:
			fields.Add(cmp.Or(fieldPath(name), whole), "DUPLICADO", "Este campo solo puede aparecer una vez.")
		case strings.ContainsRune(value, 0):
			fields.Add(cmp.Or(fieldPath(name), whole), "FORMATO", withoutNUL)
		}
	}
	return fields.Err()
}

// checkIfMatch refuses a condition that the operation would ignore.
func checkIfMatch(ctx huma.Context) error {
	sent := humafiber.Unwrap(ctx).Request().Header.PeekAll(rest.MatchHeader)
	if len(sent) == 0 || rest.Parameter(ctx.Operation(), "header", rest.MatchHeader) != nil {
		return nil
	}
	return fault.Wrong(rest.MatchHeader, "DESCONOCIDO", "Esta operación no admite If-Match; quite la cabecera.")
}
