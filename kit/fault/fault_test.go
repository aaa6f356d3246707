package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
)

var errSoldOut = fault.Define(fault.Conflict, "AGOTADO", "Agotado")

func TestError_is_its_kind_through_wrapping_and_over_the_wire(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("reservar: %w", errSoldOut.New("quedan %d", 3).With("disponible", 3))
	assert.ErrorIs(t, err, errSoldOut)
	assert.NotErrorIs(t, err, fault.ErrConflict)
	assert.Equal(t, fault.Conflict, fault.CodeOf(err))
	// The same problem, rebuilt from a peer's answer.
	assert.ErrorIs(t, fault.Define(fault.Conflict, "AGOTADO", "").New(""), errSoldOut)
}

func TestFrom(t *testing.T) {
	t.Parallel()
	assert.Nil(t, fault.From(nil))
	assert.Empty(t, fault.CodeOf(nil))
	assert.Equal(t, fault.Internal, fault.CodeOf(errors.New("sql: secret")))
	assert.NotContains(t, fault.From(errors.New("sql: secret")).Detail, "secret")
	assert.Equal(t, fault.Unavailable, fault.CodeOf(fmt.Errorf("query: %w", context.DeadlineExceeded)))
	assert.Equal(t, fault.Conflict, fault.CodeOf(fmt.Errorf("bare: %w", errSoldOut)))
}

func TestError_carries_what_helps_to_act_and_its_cause(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	err := fault.ErrUnavailable.New("inventario no responde").Because(cause).After(3 * time.Second)
	assert.ErrorIs(t, err, cause)
	assert.Equal(t, 3*time.Second, err.RetryAfter)
	assert.Equal(t, "SERVICIO_NO_DISPONIBLE: inventario no responde: connection refused", err.Error())
}

func TestFields_gathers_all_of_them(t *testing.T) {
	t.Parallel()
	var f fault.Fields
	require.NoError(t, f.Err())
	f.Add("precio", "FUERA_DE_RANGO", "no puede ser negativo")
	f.Add("nombre", "OBLIGATORIO", "es obligatorio")
	err := fault.From(f.Err())
	assert.Len(t, err.Fields, 2)
	assert.Contains(t, err.Error(), "precio: no puede ser negativo; nombre: es obligatorio")
}

func TestError_that_was_found_in_a_chain_is_not_changed(t *testing.T) {
	t.Parallel()
	original := errSoldOut.New("quedan %d", 3).With("disponible", 3)
	found := fault.From(fmt.Errorf("reservar: %w", original))
	changed := found.With("lineas", 1).Needs("x").After(time.Second).Because(errors.New("late"))
	assert.Equal(t, map[string]any{"disponible": 3, "lineas": 1, fault.Scope: "x"}, changed.Extra)
	assert.Equal(t, time.Second, changed.RetryAfter)
	assert.Equal(t, errSoldOut.New("quedan %d", 3).With("disponible", 3), original)
}

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	require.NoError(t, fault.CheckVersion("El pedido", 3, nil))
	require.NoError(t, fault.CheckVersion("El pedido", 3, []int64{1, 3}))
	err := fault.CheckVersion("El pedido", 3, []int64{2, 0})
	require.ErrorIs(t, err, fault.ErrPrecondition)
	assert.Equal(t, "El pedido ha cambiado desde que lo leyó. Léalo de nuevo y repita el cambio.", fault.From(err).Detail)
	assert.Equal(t, int64(3), fault.From(err).Extra["version_actual"])
}
