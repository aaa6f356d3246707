// Package problem translates between faults (kit/fault) and problem documents (RFC 9457), in both directions: a service answers
// with a problem, and its caller gets an equal fault out of it, so that errors.Is holds across the wire.
package problem

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"strings"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/strictjson"
)

// ContentType is the media type of a problem.
const ContentType = "application/problem+json"

// The refusals that are about HTTP itself.
var (
	ErrUnreadable  = fault.Define(fault.Malformed, "PETICION_ILEGIBLE", "Petición ilegible")
	ErrMethod      = fault.Define(fault.Invalid, "METODO_NO_PERMITIDO", "Método no permitido")
	ErrSlow        = fault.Define(fault.Invalid, "PETICION_LENTA", "La petición no llegó a tiempo")
	ErrTooLarge    = fault.Define(fault.Invalid, "CUERPO_DEMASIADO_GRANDE", "Cuerpo demasiado grande")
	ErrMedia       = fault.Define(fault.Invalid, "TIPO_NO_ADMITIDO", "Tipo de contenido no admitido")
	ErrLongHeaders = fault.Define(fault.Invalid, "CABECERAS_DEMASIADO_GRANDES", "Cabeceras demasiado grandes")
)

// ofHTTP are the statuses of these kinds: their code alone would be 422.
var ofHTTP = map[*fault.Kind]int{
	ErrMethod: http.StatusMethodNotAllowed, ErrSlow: http.StatusRequestTimeout,
	ErrTooLarge: http.StatusRequestEntityTooLarge, ErrMedia: http.StatusUnsupportedMediaType,
	ErrLongHeaders: http.StatusRequestHeaderFieldsTooLarge,
}

var statuses = map[fault.Code]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.Malformed: http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Precondition: http.StatusPreconditionFailed, fault.RateLimited: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// Document is a problem document.
type Document struct {
	_    struct{} `additionalProperties:"true"`
	Type string   `json:"type" format:"uri-reference" doc:"Identifica la clase de problema" example:"/problemas/stock-insuficiente"`

	Title      string         `json:"title" doc:"Resumen de la clase de problema"`
	Status     int            `json:"status" doc:"Código de estado HTTP" example:"409"`
	Detail     string         `json:"detail" doc:"Qué ha pasado y cómo remediarlo"`
	Instance   string         `json:"instance,omitempty" format:"uri-reference" doc:"La ruta pedida"`
	Codigo     string         `json:"codigo" doc:"El mismo nombre para programas" example:"STOCK_INSUFICIENTE"`
	RequestID  string         `json:"request_id,omitempty" required:"true" doc:"Identificador de la petición, para buscarla en los registros"`
	Errores    []fault.Field  `json:"errores,omitempty" hidden:"true"` // only VALIDACION has them in the document
	Extra      map[string]any `json:"-"`                               // beside the standard members: lineas, disponible …
	RetryAfter int            `json:"-"`                               // seconds of the header; 0 = no header
}

var members = []string{"type", "title", "status", "detail", "instance", "codigo", "request_id", "errores"}

// Status is the only mapping from faults to HTTP statuses.
func Status(k *fault.Kind) int {
	if status, ok := ofHTTP[k]; ok {
		return status
	}
	return statuses[k.Code()]
}

// Of is err as a client may see it: its kind, its detail and its further members, never its cause.
func Of(err error) *Document {
	f := fault.From(err)
	d := &Document{
		Type:    "/problemas/" + strings.ReplaceAll(strings.ToLower(f.Kind.Reason()), "_", "-"),
		Title:   f.Kind.Title(),
		Status:  Status(f.Kind),
		Detail:  f.Detail,
		Codigo:  f.Kind.Reason(),
		Errores: f.Fields,
		Extra:   f.Extra,
	}
	if d.Detail == "" {
		d.Detail = d.Title + "."
	}
	if f.RetryAfter > 0 {
		d.RetryAfter = int(math.Ceil(f.RetryAfter.Seconds()))
	} else if code := f.Kind.Code(); code == fault.Unavailable || code == fault.RateLimited {
		d.RetryAfter = 1
	}
	return d
}

// GetStatus and Error make Document a huma.StatusError.
func (d *Document) GetStatus() int { return d.Status }
func (d *Document) Error() string  { return d.Codigo }

// ContentType gives Huma the media type.
func (d *Document) ContentType(string) string { return ContentType }

// MarshalJSON writes the further members beside the standard ones, which they never replace.
func (d *Document) MarshalJSON() ([]byte, error) {
	type standard Document
	raw, err := json.Marshal((*standard)(d))
	if err != nil || len(d.Extra) == 0 {
		return raw, err
	}
	extra := further(d.Extra)
	more, err := json.Marshal(extra)
	if err != nil || len(extra) == 0 {
		return raw, err
	}
	raw[len(raw)-1] = ','
	return append(raw, more[1:]...), nil
}

func further(all map[string]any) map[string]any {
	extra := maps.Clone(all)
	for _, standard := range members {
		delete(extra, standard)
	}
	return extra
}

// Read is the inverse of Of: the fault that a peer's problem describes. The error says why raw is no problem of that status.
func Read(status int, raw []byte) (*fault.Error, error) {
	var d Document
	all := map[string]any{}
	if err := errors.Join(strictjson.Decode(raw, &d), strictjson.Decode(raw, &all)); err != nil {
		return nil, err
	}
	if d.Codigo == "" || d.Status != 0 && d.Status != status {
		return nil, errors.New("no codigo, or the status of another answer")
	}
	refusal := fault.Define(codeOf(status), d.Codigo, d.Title).New("")
	refusal.Detail, refusal.Fields = d.Detail, d.Errores
	if extra := further(all); len(extra) > 0 {
		refusal.Extra = extra
	}
	return refusal, nil
}

// codeOf is the inverse of Status. A 4xx without a code of its own is wrong in itself.
func codeOf(status int) fault.Code {
	switch status {
	case http.StatusGone:
		return fault.NotFound
	case http.StatusPreconditionRequired:
		return fault.Precondition
	}
	for code, own := range statuses {
		if own == status {
			return code
		}
	}
	if status >= http.StatusInternalServerError {
		return fault.Internal
	}
	return fault.Invalid
}
