// Package fault has the error types that every layer and every service uses.
//
// A Kind is declared once, next to its rule: a Code that says how callers react and a reason that clients switch on (the
// `codigo` of a problem+json). An Error is one occurrence of a Kind. kit/problem turns it into a status and a problem
// document, and that document back into an equal Error, so errors.Is holds across the wire.
package fault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Code says how a caller reacts to an error.
type Code string

// The closed set of codes. An error that is not a fault counts as Internal.
const (
	Invalid         Code = "invalid"             // the request itself is wrong: change it, do not repeat it
	Malformed       Code = "malformed"           // the request is not as its protocol has it: change it, do not repeat it
	Unauthenticated Code = "unauthenticated"     // the caller is not known
	Forbidden       Code = "forbidden"           // the caller is known, and is not allowed to do this
	NotFound        Code = "not_found"           // it does not exist, or this caller may not see it
	Conflict        Code = "conflict"            // the current state does not allow this; a later try may succeed
	Precondition    Code = "precondition_failed" // the caller's version is not the current one (RFC 9110, If-Match)
	RateLimited     Code = "rate_limited"        // too many requests: wait
	Unavailable     Code = "unavailable"         // a needed peer or database is down: wait and repeat
	Internal        Code = "internal"            // a defect of this service
)

// Kind is a declared problem. It is an error itself, so that it serves as the target of errors.Is.
type Kind struct {
	code          Code
	reason, title string
}

// Define declares a problem: reason is its `codigo`, unique in the system; title its Spanish summary (RFC 9457, section 3.1.3).
func Define(code Code, reason, title string) *Kind {
	return &Kind{code: code, reason: reason, title: title}
}

// Code is how to react to every occurrence of k.
func (k *Kind) Code() Code { return k.code }

// Reason is the `codigo` of k on the wire.
func (k *Kind) Reason() string { return k.reason }

// Title is the summary of k for a person.
func (k *Kind) Title() string { return k.title }

func (k *Kind) Error() string { return k.reason }

// New is one occurrence of k. The detail is Spanish, for the shop's user, without values of the caller, SQL, Go or secrets.
func (k *Kind) New(detail string, args ...any) *Error {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return &Error{Kind: k, Detail: detail}
}

// The kinds that every service uses.
var (
	ErrInvalid         = Define(Invalid, "VALIDACION", "Datos no válidos")
	ErrUnauthenticated = Define(Unauthenticated, "NO_AUTENTICADO", "No autenticado")
	ErrForbidden       = Define(Forbidden, "PROHIBIDO", "Sin permiso")
	ErrNotFound        = Define(NotFound, "NO_ENCONTRADO", "No encontrado")
	ErrConflict        = Define(Conflict, "CONFLICTO", "Conflicto")
	ErrPrecondition    = Define(Precondition, "VERSION_DISTINTA", "La versión ha cambiado")
	ErrRateLimited     = Define(RateLimited, "DEMASIADAS_PETICIONES", "Demasiadas peticiones")
	ErrUnavailable     = Define(Unavailable, "SERVICIO_NO_DISPONIBLE", "Servicio no disponible")
	ErrDeadline        = Define(Unavailable, "PLAZO_AGOTADO", "Plazo agotado") // the caller's deadline has passed
	ErrInternal        = Define(Internal, "ERROR_INTERNO", "Error interno")
)

// Field is one field of a request that is wrong, and how to mend it.
type Field struct {
	Campo   string `json:"campo"`   // path of the field, "lineas[0].cantidad"
	Codigo  string `json:"codigo"`  // OBLIGATORIO, FUERA_DE_RANGO, DESCONOCIDO, FORMATO …
	Mensaje string `json:"mensaje"` // Spanish; says what would be right
}

// Error is one occurrence of a Kind.
type Error struct {
	Kind       *Kind
	Detail     string
	Fields     []Field
	Extra      map[string]any // further members of the problem document, like `disponible`
	RetryAfter time.Duration  // how long to wait before repeating; 0 = unknown
	Err        error          // the cause, for the log; never shown to a client
}

func (e *Error) Error() string {
	text := e.Kind.reason
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if len(e.Fields) > 0 {
		var fields []string
		for _, f := range e.Fields {
			fields = append(fields, f.Campo+": "+f.Mensaje)
		}
		text += " (" + strings.Join(fields, "; ") + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// LogText is the error for the log: with its cause, and without the Spanish text for clients.
func (e *Error) LogText() string {
	text := e.Kind.reason
	for _, f := range e.Fields {
		text += " " + f.Campo + "=" + f.Codigo
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
		if inner, ok := errors.AsType[*Error](e.Err); ok {
			text = strings.Replace(text, inner.Error(), inner.LogText(), 1)
		}
	}
	return text
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the Kind by its reason, so that an error from a peer's answer equals an error made here.
func (e *Error) Is(target error) bool {
	k, ok := target.(*Kind)
	return ok && k.reason == e.Kind.reason
}

// With is a copy of e with one more member of the problem. With, Needs, Because and After copy: another goroutine may use e.
func (e *Error) With(member string, value any) *Error {
	c := *e
	c.Extra = map[string]any{}
	maps.Copy(c.Extra, e.Extra)
	c.Extra[member] = value
	return &c
}

// Scope is the member of a problem that names the scope that its caller lacks.
const Scope = "permiso"

// Needs is a copy of e that says which scope the caller needs.
func (e *Error) Needs(scope string) *Error { return e.With(Scope, scope) }

// Because is a copy of e with its cause, for the log alone.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// After is a copy of e that says how long to wait before repeating the request.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// CheckVersion refuses with ErrPrecondition when the current version of a thing is not one of those wanted; none wanted = any.
// thing is its Spanish name for the client, with the article.
func CheckVersion(thing string, current int64, wanted []int64) error {
	if len(wanted) == 0 || slices.Contains(wanted, current) {
		return nil
	}
	return ErrPrecondition.New("%s ha cambiado desde que lo leyó. Léalo de nuevo y repita el cambio.", thing).
		With("version_actual", current)
}

// Fields collects every wrong field of a request, so that the client can correct them all at once.
type Fields []Field

// Add records a wrong field.
func (f *Fields) Add(campo, codigo, mensaje string) {
	*f = append(*f, Field{Campo: campo, Codigo: codigo, Mensaje: mensaje})
}

// Wrong is the ErrInvalid of one field.
func Wrong(campo, codigo, mensaje string) error { return Fields{{campo, codigo, mensaje}}.Err() }

// Err is nil when no field is wrong, and else an ErrInvalid with all of them.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	e := ErrInvalid.New("Corrija los campos indicados y vuelva a enviar la petición.")
	e.Fields = f
	return e
}

// From finds the fault in err's chain. A passed deadline or a cancelled request is Unavailable, others are Internal, nil is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if k, ok := errors.AsType[*Kind](err); ok {
		return &Error{Kind: k, Err: err}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return ErrUnavailable.New("La petición no se completó a tiempo. Repítala en unos segundos.").Because(err)
	}
	return ErrInternal.New("Ha ocurrido un error interno.").Because(err)
}

// CodeOf says how to react to err; "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Kind.code
}
