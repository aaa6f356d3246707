package bunstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/kit/fault"
)

// What the tests of this package share.
var (
	cuando    = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	unaPagina = ports.Filtro{Limite: 10}
	errCaida  = fault.ErrUnavailable
)

const formatoID = "00000000-0000-4000-8000-%012d"

func TestFilaExistencias_ida_y_vuelta(t *testing.T) {
	t.Parallel()
	e := domain.RehidratarExistencias(domain.ExistenciasSnapshot{
		ProductoID: 1, Fisico: 10, Reservado: 4, Minimo: 3, Version: 7, ActualizadoEn: cuando,
	})
	f := aFilaExistencias(e)
	assert.Equal(t, e, f.aDominio())
}

func TestFilaReserva_ida_y_vuelta(t *testing.T) {
	t.Parallel()
	llena := domain.RehidratarReserva(domain.ReservaSnapshot{
		ID: "0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10", Estado: domain.Consumida, Referencia: "pedido 1",
		Lineas: []domain.Linea{{ProductoID: 1, Cantidad: 2}, {ProductoID: 3, Cantidad: 4}}, CreadoEn: cuando, ActualizadoEn: cuando.Add(1),
	})
	for _, r := range []*domain.Reserva{llena, domain.ReservaCerrada(llena.ID(), cuando)} {
		f := aFilaReserva(r)
		assert.Equal(t, r, f.aDominio())
	}
}

func TestMarca(t *testing.T) {
	t.Parallel()
	for _, valor := range []any{
		cuando, cuando.In(time.FixedZone("", 3600)), "2026-03-01 12:00:00.123456+00:00", "2026-03-01 13:00:00.123456+01:00",
		"2026-03-01 12:00:00.123456Z",
	} {
		var instante time.Time
		require.NoError(t, (*marca)(&instante).Scan(valor), "%v", valor)
		assert.Equal(t, cuando, instante, "%v", valor)
	}
	var instante time.Time
	assert.Error(t, (*marca)(&instante).Scan("ayer"))
	assert.Error(t, (*marca)(&instante).Scan(nil))
}
