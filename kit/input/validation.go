package input

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/transport"
)

// Speak gives Huma's errors a code and a Spanish sentence. Huma keeps its messages in package variables; each becomes a field
// that travels as text (encodeField). No sentence repeats what the client sent. A message that is not here is FORMATO.
var Speak = sync.OnceFunc(func() {
	validation.MsgExpectedRequiredProperty = encodeField("%s", "OBLIGATORIO", mandatory)
	for message, field := range map[*string][2]string{
		&validation.MsgUnexpectedProperty: {"DESCONOCIDO", "Este campo no existe o no se puede escribir."},
		// %.15g writes 1000000 and 9999999999999.99 in full; %v would write 1e+06 and 9.99999999999999e+12.
		&validation.MsgExpectedMinimumNumber:          {"FUERA_DE_RANGO", "Debe ser mayor o igual que %.15g."},
		&validation.MsgExpectedMaximumNumber:          {"FUERA_DE_RANGO", "Debe ser menor o igual que %.15g."},
		&validation.MsgExpectedExclusiveMinimumNumber: {"FUERA_DE_RANGO", "Debe ser mayor que %.15g."},
		&validation.MsgExpectedExclusiveMaximumNumber: {"FUERA_DE_RANGO", "Debe ser menor que %.15g."},
		&validation.MsgExpectedMinLength:              {"LONGITUD", "Debe tener al menos %d caracteres."},
		&validation.MsgExpectedMaxLength:              {"LONGITUD", "Debe tener como mucho %d caracteres."},
		&validation.MsgExpectedMinItems:               {"LONGITUD", "Debe tener al menos %d elementos."},
		&validation.MsgExpectedMaxItems:               {"LONGITUD", "Debe tener como mucho %d elementos."},
		&validation.MsgExpectedMinProperties:          {"LONGITUD", "Debe tener al menos %d campos."},
		&validation.MsgExpectedMaxProperties:          {"LONGITUD", "Debe tener como mucho %d campos."},
		&validation.MsgExpectedArrayItemsUnique:       {"DUPLICADO", "No debe repetir elementos."},
		&validation.MsgExpectedOneOf:                  {"VALOR", "Debe ser uno de: %s."},
		&validation.MsgExpectedRFC3339DateTime:        {"FORMATO", instant},
		&validation.MsgExpectedRFC5322Email:           {"FORMATO", "Debe ser una dirección de correo.%.0s"}, // %.0s drops the cause
		&validation.MsgExpectedRFC4122UUID:            {"FORMATO", "Debe ser un UUID.%.0s"},
		&validation.MsgExpectedMatchPattern:           {"FORMATO", "Debe cumplir el patrón %s."},
		&validation.MsgExpectedBoolean:                {"TIPO", boolean},
		&validation.MsgExpectedNumber:                 {"TIPO", number},
		&validation.MsgExpectedInteger:                {"TIPO", integer},
		&validation.MsgExpectedString:                 {"TIPO", "Debe ser un texto."},
		&validation.MsgExpectedArray:                  {"TIPO", "Debe ser una lista."},
		&validation.MsgExpectedObject:                 {"TIPO", "Debe ser un objeto."},
	} {
		*message = encodeField("", field[0], field[1])
	}
})

const (
	mandatory = "Es obligatorio."
	instant   = "Debe ser una fecha con hora y zona, como 2026-01-31T12:00:00Z (RFC 3339, T y Z mayúsculas, segundos 00 a 59)."
	boolean   = "Debe ser true o false."
	number    = "Debe ser un número."
	integer   = "Debe ser un número entero."

	withoutNUL = "No puede contener el carácter NUL."
)

// ofParameters has the beginnings of the messages that Huma keeps in no variable: those about parameters.
var ofParameters = []struct{ prefix, codigo, mensaje string }{
	{"required ", "OBLIGATORIO", mandatory},
	{"unknown query parameter", "DESCONOCIDO", "Este parámetro no existe."},
	{"invalid integer", "TIPO", integer},
	{"invalid float", "TIPO", number},
	{"invalid boolean", "TIPO", boolean},
	{"invalid date", "FORMATO", instant},
}

// Huma keeps only the text of an error, so the field travels inside the text.
const fieldMark = "\x00field\x00"

func encodeField(campo, codigo, mensaje string) string {
	return fieldMark + strings.Join([]string{campo, codigo, mensaje}, "\x00")
}

// decodeField reads the field in a message of Huma's. Its Campo continues the error's location.
func decodeField(message string) fault.Field {
	if rest, ok := strings.CutPrefix(message, fieldMark); ok {
		if parts := strings.Split(rest, "\x00"); len(parts) == 3 {
			return fault.Field{Campo: parts[0], Codigo: parts[1], Mensaje: parts[2]}
		}
	}
	for _, p := range ofParameters {
		if strings.HasPrefix(message, p.prefix) {
			return fault.Field{Codigo: p.codigo, Mensaje: p.mensaje}
		}
	}
	return fault.Field{Codigo: "FORMATO", Mensaje: "No tiene el formato debido."}
}

// Fault is the fault in Huma's answer: a handler's error, or the errors of validation.
func Fault(status int, msg string, errs []error) error {
	switch status {
	case http.StatusInternalServerError:
		if len(errs) > 0 {
			return errs[0]
		}
		return fault.ErrInternal.New("Ha ocurrido un error interno.")
	case http.StatusBadRequest:
		if msg == "request body is required" {
			return problem.ErrUnreadable.New("Falta el cuerpo de la petición.")
		}
		return problem.ErrUnreadable.New("El cuerpo no se puede leer como JSON.")
	case http.StatusRequestEntityTooLarge:
		return transport.TooLarge()
	case http.StatusUnsupportedMediaType:
		return problem.ErrMedia.New("Envíe el cuerpo con Content-Type: application/json.")
	}
	return validationFault(errs)
}

// validationFault collects all errors that Huma found into one ErrInvalid.
func validationFault(errs []error) error {
	var fields fault.Fields
	for _, err := range errs {
		if f, ok := errors.AsType[*fault.Error](err); ok {
			fields = append(fields, f.Fields...)
		} else if detail, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			fields = append(fields, fieldOf(detail))
		}
	}
	if len(fields) == 0 {
		return fault.ErrInvalid.New("La petición no es válida.")
	}
	return fields.Err()
}

func fieldOf(detail *huma.ErrorDetail) fault.Field {
	f := decodeField(detail.Message)
	f.Campo = joinPath(fieldPath(detail.Location), f.Campo)
	if f.Campo == "" {
		f.Campo = whole
		if strings.HasPrefix(detail.Location, "query.") {
			f.Campo = unnamed
		}
	}
	return f
}

// fieldPath is Huma's location without its source, "lineas[0].cantidad". It shortens and cleans names of the client.
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
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}
