package httpserver

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
)

// phrase turns one of Huma's messages into a code and a Spanish sentence; rest is what follows the prefix.
type phrase struct {
	prefix, codigo string
	say            func(rest string) string
}

func fixed(s string) func(string) string { return func(string) string { return s } }

// phrases is read from the top; the first prefix that fits wins. No sentence repeats what the client sent.
var phrases = []phrase{
	{"expected required property ", "OBLIGATORIO", fixed("Es obligatorio.")},
	{"required ", "OBLIGATORIO", fixed("Es obligatorio.")},
	{"unexpected property", "DESCONOCIDO", fixed("Este campo no existe o no se puede escribir.")},
	{"unknown query parameter", "DESCONOCIDO", fixed("Este parámetro no existe.")},
	{"expected number >= ", "FUERA_DE_RANGO", func(r string) string { return "Debe ser mayor o igual que " + plain(r) + "." }},
	{"expected number <= ", "FUERA_DE_RANGO", func(r string) string { return "Debe ser menor o igual que " + plain(r) + "." }},
	{"expected number > ", "FUERA_DE_RANGO", func(r string) string { return "Debe ser mayor que " + plain(r) + "." }},
	{"expected number < ", "FUERA_DE_RANGO", func(r string) string { return "Debe ser menor que " + plain(r) + "." }},
	{"expected length >= ", "LONGITUD", func(r string) string { return "Debe tener al menos " + r + " caracteres." }},
	{"expected length <= ", "LONGITUD", func(r string) string { return "Debe tener como mucho " + r + " caracteres." }},
	{"expected array length >= ", "LONGITUD", func(r string) string { return "Debe tener al menos " + r + " elementos." }},
	{"expected array length <= ", "LONGITUD", func(r string) string { return "Debe tener como mucho " + r + " elementos." }},
	{"expected object with at least ", "LONGITUD", func(r string) string { return "Debe tener al menos " + count(r) + " campos." }},
	{"expected object with at most ", "LONGITUD", func(r string) string { return "Debe tener como mucho " + count(r) + " campos." }},
	{"expected array items to be unique", "DUPLICADO", fixed("No debe repetir elementos.")},
	{"expected value to be one of ", "VALOR", func(r string) string { return "Debe ser uno de: " + strings.Trim(r, `"`) + "." }},
	{"expected string to be RFC 3339 date-time", "FORMATO",
		fixed("Debe ser una fecha con hora y zona, como 2026-01-31T12:00:00Z (RFC 3339).")},
	{"expected string to be RFC 5322 email", "FORMATO", fixed("Debe ser una dirección de correo.")},
	{"expected string to be RFC 4122 uuid", "FORMATO", fixed("Debe ser un UUID.")},
	{"expected string to match pattern ", "FORMATO", func(r string) string { return "Debe cumplir el patrón " + r + "." }},
	{"expected string to be ", "FORMATO", fixed("No tiene el formato debido.")},
	{"expected boolean", "TIPO", fixed("Debe ser true o false.")},
	{"expected number", "TIPO", fixed("Debe ser un número.")},
	{"expected integer", "TIPO", fixed("Debe ser un número entero.")},
	{"expected string", "TIPO", fixed("Debe ser un texto.")},
	{"expected array", "TIPO", fixed("Debe ser una lista.")},
	{"expected object", "TIPO", fixed("Debe ser un objeto.")},
	{"invalid integer", "TIPO", fixed("Debe ser un número entero.")},
	{"invalid float", "TIPO", fixed("Debe ser un número.")},
	{"invalid boolean", "TIPO", fixed("Debe ser true o false.")},
	{"invalid date", "FORMATO", fixed("Debe ser una fecha con hora y zona, como 2026-01-31T12:00:00Z (RFC 3339).")},
}

// plain prints 1e+06 as 1000000.
func plain(number string) string {
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func count(s string) string { return strings.TrimSuffix(s, " properties") }

// validationFault collects all errors that Huma found into one ErrInvalid.
func validationFault(errs []error) error {
	var fields fault.Fields
	for _, err := range errs {
		var detail *huma.ErrorDetail
		switch f := (*fault.Error)(nil); {
		case errors.As(err, &f):
			fields = append(fields, f.Fields...)
		case errors.As(err, &detail):
			fields = append(fields, fieldOf(detail))
		}
	}
	if len(fields) == 0 {
		return fault.ErrInvalid.New("La petición no es válida.")
	}
	return fields.Err()
}

func fieldOf(detail *huma.ErrorDetail) fault.Field {
	if f, ok := decodeField(detail.Message); ok {
		return f
	}
	campo := fieldPath(detail.Location)
	if name, ok := strings.CutPrefix(detail.Message, "expected required property "); ok {
		campo = joinPath(campo, strings.TrimSuffix(name, " to be present"))
	}
	if campo == "" {
		campo = "cuerpo"
		if strings.HasPrefix(detail.Location, "query.") {
			campo = unnamed
		}
	}
	for _, p := range phrases {
		if rest, ok := strings.CutPrefix(detail.Message, p.prefix); ok {
			return fault.Field{Campo: campo, Codigo: p.codigo, Mensaje: p.say(rest)}
		}
	}
	return fault.Field{Campo: campo, Codigo: "FORMATO", Mensaje: "No tiene el formato debido."}
}

// fieldPath is Huma's location without its source: "body.lineas[0].cantidad" is "lineas[0].cantidad". A name that the client
// chose is shortened and cleaned, because people read it.
func fieldPath(location string) string {
	source, path, found := strings.Cut(location, ".")
	switch source {
	case "body", "query", "path", "header":
		if !found {
			return ""
		}
	default:
		path = location
	}
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, path)
	if runes := []rune(clean); len(runes) > 100 {
		clean = string(runes[:100]) + "…"
	}
	return clean
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
