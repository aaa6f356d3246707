package httpclient

import (
	"errors"
	"net/http"

	"github.com/tienda-go/tienda/kit/fault"
)

// readProblem is the inverse of kit/httpserver's mapping: it returns the fault that the peer's problem describes.
func readProblem(status int, raw []byte) (*fault.Error, error) {
	var problem struct {
		Title   string        `json:"title"`
		Detail  string        `json:"detail"`
		Codigo  string        `json:"codigo"`
		Status  int           `json:"status"`
		Errores []fault.Field `json:"errores"`
	}
	members := map[string]any{}
	if err := errors.Join(decode(raw, &problem), decode(raw, &members)); err != nil {
		return nil, err
	}
	if problem.Codigo == "" || problem.Status != 0 && problem.Status != status {
		return nil, errors.New("no codigo, or the status of another answer")
	}
	for _, standard := range []string{"type", "title", "status", "detail", "instance", "codigo", "request_id", "errores"} {
		delete(members, standard)
	}
	refusal := fault.Define(codeOf(status), problem.Codigo, problem.Title).New("")
	refusal.Detail, refusal.Fields = problem.Detail, problem.Errores
	if len(members) > 0 {
		refusal.Extra = members
	}
	return refusal, nil
}

func codeOf(status int) fault.Code {
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return fault.NotFound
	case http.StatusConflict:
		return fault.Conflict
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		return fault.Precondition
	default:
		return fault.Invalid
	}
}
