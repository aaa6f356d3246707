package problem_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/problem"
)

// kinds are one of each code, and the kinds of HTTP itself.
var kinds = map[*fault.Kind]int{
	fault.ErrInvalid: 422, fault.ErrUnauthenticated: 401, fault.ErrForbidden: 403, fault.ErrNotFound: 404, fault.ErrConflict: 409,
	fault.ErrPrecondition: 412, fault.ErrRateLimited: 429, fault.ErrUnavailable: 503, fault.ErrDeadline: 503, fault.ErrInternal: 500,
	problem.ErrUnreadable: 400, problem.ErrMethod: 405, problem.ErrSlow: 408, problem.ErrTooLarge: 413, problem.ErrMedia: 415,
	problem.ErrLongHeaders: 431, fault.Define(fault.Conflict, "STOCK_INSUFICIENTE", "No hay existencias"): 409,
}

func TestRead_gives_the_fault_that_was_written(t *testing.T) {
	t.Parallel()
	for kind, status := range kinds {
		sent := kind.New("Quedan %d.", 3).With("disponible", json.Number("9007199254740993")).
			With("lineas", []any{map[string]any{"producto_id": json.Number("1")}}).Because(errors.New("secret"))
		sent.Fields = []fault.Field{{Campo: "lineas[0].cantidad", Codigo: "FUERA_DE_RANGO", Mensaje: "Debe ser menor."}}

		written := problem.Of(sent)
		assert.Equal(t, status, written.Status, kind.Reason())
		raw, err := json.Marshal(written)
		require.NoError(t, err)
		assert.NotContains(t, string(raw), "secret")
		read, err := problem.Read(written.Status, raw)
		require.NoError(t, err, kind.Reason())

		require.ErrorIs(t, read, kind)
		assert.Equal(t, kind.Code(), read.Kind.Code(), kind.Reason())
		assert.Equal(t, kind.Title(), read.Kind.Title())
		sent.Kind, sent.Err = read.Kind, nil
		assert.Equal(t, sent, read)
	}
}

func TestOf_keeps_the_standard_members(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(problem.Of(fault.ErrConflict.New("").With("status", 200).With("codigo", "OTRO").With("más", true)))
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"/problemas/conflicto","title":"Conflicto","status":409,"detail":"Conflicto.","codigo":"CONFLICTO",
		"más":true}`, string(raw))
	assert.Equal(t, 2, problem.Of(fault.ErrConflict.New("").After(1100*time.Millisecond)).RetryAfter)
	assert.Equal(t, 1, problem.Of(fault.ErrUnavailable.New("")).RetryAfter)
	assert.Zero(t, problem.Of(fault.ErrConflict.New("")).RetryAfter)
}
