package bunstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

func TestReservas_LimpiarCerradas(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		reservas := NewReservas(db)
		causa := func(edad time.Duration) domain.Causa {
			return domain.Causa{Actor: "1", Peticion: "p", Cuando: cuando.Add(-edad)}
		}
		day := 24 * time.Hour
		nuevas, err := domain.NewExistencias(1, 10, 0, cuando.Add(-40*day))
		require.NoError(t, err)
		require.NoError(t, NewExistencias(db).Alta(t.Context(), idempotency.Key{}, nuevas, causa(40*day)))
		id := func(n int) domain.ReservaID { return domain.ReservaID(fmt.Sprintf(formatoID, n)) }
		usada, err := domain.NewReserva(id(1), []domain.Linea{{ProductoID: 1, Cantidad: 3}}, "", cuando.Add(-40*day))
		require.NoError(t, err)
		_, _, err = reservas.Reservar(t.Context(), usada, causa(40*day))
		require.NoError(t, err)
		for n, edad := range map[int]time.Duration{1: 40 * day, 2: 31 * day, 3: 29 * day} {
			// reservation 1 had units and was released; the other ids were closed before they were used
			_, err = reservas.Liberar(t.Context(), id(n), causa(edad))
			require.NoError(t, err)
		}
		antes := leerLibro(t, db)

		n, err := reservas.LimpiarCerradas(t.Context(), cuando, 10)
		require.NoError(t, err)
		assert.EqualValues(t, 1, n)
		_, err = reservas.Obtener(t.Context(), id(2))
		require.ErrorIs(t, err, domain.ErrReservaNoExiste)
		for _, queda := range []int{1, 3} {
			_, err = reservas.Obtener(t.Context(), id(queda))
			require.NoError(t, err)
		}
		assert.Equal(t, antes, leerLibro(t, db))
		v, err := NewLibro(db).Verificar(t.Context())
		require.NoError(t, err)
		assert.Empty(t, v.Discrepancias)
	})
}
