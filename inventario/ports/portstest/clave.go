package portstest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// intento is another try of one request with an Idempotency-Key.
func intento(clave string) idempotency.Key {
	return idempotency.Of(idempotency.Request{Caller: "7", Method: "POST", Path: "/inventario", Key: clave}.Try())
}

// claves checks that a change with a key is made once, and a retry returns the stock as the first try left it.
func claves(t *testing.T, a Almacen) {
	existencias := a.uno().Existencias
	alta, mueve, recuenta := intento("alta"), intento("mover"), intento("recontar")
	nuevas := existenciasDe(t, 1, 10, 3)
	require.NoError(t, existencias.Alta(t.Context(), alta, nuevas, causa))
	movidas, err := existencias.Mover(t.Context(), mueve, movimiento(t, 1, domain.Salida, 4), causa)
	require.NoError(t, err)
	recuento := recuentoDe(t, 1, 5, 6)
	recontadas, err := existencias.Mover(t.Context(), recuenta, recuento, causa)
	require.NoError(t, err)
	require.Len(t, a.Libro(t), 3)

	otras, err := domain.NewExistencias(1, 10, 3, instante.Add(time.Microsecond))
	require.NoError(t, err)
	require.NoError(t, existencias.Alta(t.Context(), alta, otras, causa))
	assert.Equal(t, nuevas, otras)
	repetidas, err := existencias.Mover(t.Context(), mueve, movimiento(t, 1, domain.Salida, 4), causa)
	require.NoError(t, err)
	assert.Equal(t, movidas, repetidas)
	repetidas, err = existencias.Mover(t.Context(), recuenta, recuento, causa)
	require.NoError(t, err)
	assert.Equal(t, recontadas, repetidas)
	_, err = existencias.Mover(t.Context(), intento("mover"), movimiento(t, 1, domain.Salida, 4), causa)
	require.ErrorIs(t, err, idempotency.ErrInFlight, "this key says that the request has no earlier try")
	assert.Len(t, a.Libro(t), 3)
	a.exigir(t, 1, 5, 0)
}
