package domain

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
)

func TestNewCambio_signos(t *testing.T) {
	t.Parallel()
	for tipo, signo := range map[Tipo][2]int64{
		Entrada: {+3, 0}, Salida: {-3, 0}, Merma: {-3, 0}, TipoDevolucion: {+3, 0},
		TipoReserva: {0, +3}, TipoLiberacion: {0, -3}, TipoConsumo: {-3, -3},
	} {
		assert.Equal(t, Cambio{Tipo: tipo, ProductoID: 7, Fisico: signo[0], Reservado: signo[1]}, NewCambio(tipo, 7, 3))
	}
	assert.Len(t, signos, 7)
	assert.Panics(t, func() { NewCambio("REGALO", 1, 1) })
}

func TestNewMovimiento(t *testing.T) {
	t.Parallel()
	m, err := NewMovimiento(1, Merma, 2, " se cayó ", "albarán 7")
	require.NoError(t, err)
	assert.Equal(t, Movimiento{cambio: Cambio{Tipo: Merma, ProductoID: 1, Fisico: -2}, motivo: "se cayó", referencia: "albarán 7"},
		m)

	_, err = NewMovimiento(1, Entrada, MaxCantidad, strings.Repeat("ñ", MaxMotivo), strings.Repeat("ñ", MaxReferencia))
	require.NoError(t, err)

	_, err = NewMovimiento(0, "REGALO", 0, strings.Repeat("a", MaxMotivo+1), strings.Repeat("a", MaxReferencia+1))
	require.ErrorIs(t, err, fault.ErrInvalid)
	assert.Equal(t, []string{
		"producto_id FUERA_DE_RANGO", "cantidad FUERA_DE_RANGO", "tipo_movimiento VALOR", "motivo LONGITUD", "referencia LONGITUD",
	}, campos(err))
	_, err = NewMovimiento(1, TipoReserva, MaxCantidad+1, "a\nb", "a\x00b")
	assert.Equal(t, []string{
		"cantidad FUERA_DE_RANGO", "tipo_movimiento VALOR", "motivo FORMATO", "referencia FORMATO",
	}, campos(err), "reservations are not moved by hand")
}
