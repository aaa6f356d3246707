package bunstore

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// The tests of this package share these values.
var (
	cuando    = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	unaPagina = ports.Filtro{Limite: 10}
	errCaida  = fault.ErrUnavailable
)

const formatoID = "00000000-0000-4000-8000-%012d"

// The effect that is stored with the key of a request gives the same stock again.
func TestEfecto_ida_y_vuelta(t *testing.T) {
	t.Parallel()
	e, err := domain.RehidratarExistencias(domain.RegistroExistencias{
		ProductoID: 1, Fisico: 10, Reservado: 4, Minimo: 3, Version: 7, ActualizadoEn: cuando,
	})
	require.NoError(t, err)
	vuelta, err := efecto(e.Registro()).aDominio()
	require.NoError(t, err)
	assert.Equal(t, e, vuelta)
}

func TestReserva_ida_y_vuelta(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		llena, err := domain.RehidratarReserva(domain.RegistroReserva{
			ID: "0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10", Estado: domain.Consumida, Referencia: "pedido 1",
			Lineas: []domain.Linea{{ProductoID: 1, Cantidad: 2}, {ProductoID: 3, Cantidad: 4}}, CreadoEn: cuando,
			ActualizadoEn: cuando.Add(time.Second),
		})
		require.NoError(t, err)
		db := abrir(t, url)
		for _, id := range []int64{1, 3} {
			nuevas, err := domain.NewExistencias(id, 10, 0, cuando)
			require.NoError(t, err)
			require.NoError(t, NewExistencias(db).Alta(t.Context(), idempotency.Key{}, nuevas, quien))
		}
		for _, r := range []*domain.Reserva{llena, domain.ReservaCerrada("0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a11", cuando)} {
			require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
				_, err := insertarReserva(ctx, tx, r)
				return err
			}))
			vuelta, err := NewReservas(db).Obtener(t.Context(), r.ID())
			require.NoError(t, err)
			assert.Equal(t, r, vuelta)
		}
	})
}

func TestFecha(t *testing.T) {
	t.Parallel()
	for _, valor := range []any{
		cuando, cuando.In(time.FixedZone("", 3600)), "2026-03-01 12:00:00.123456+00:00", "2026-03-01 13:00:00.123456+01:00",
		"2026-03-01 12:00:00.123456Z",
	} {
		var instante time.Time
		require.NoError(t, (*fecha)(&instante).Scan(valor), "%v", valor)
		assert.Equal(t, cuando, instante, "%v", valor)
	}
	var instante time.Time
	assert.Error(t, (*fecha)(&instante).Scan("ayer"))
	assert.Error(t, (*fecha)(&instante).Scan(nil))
}
