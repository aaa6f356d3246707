package bunstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func TestPedidos_rechazados(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		r := bunstore.New(db)
		crear := func(edad time.Duration, usuario int64, cambiar func(p *domain.Pedido, cuando time.Time) error) {
			cuando := portstest.Ahora.Add(-edad)
			p := portstest.NuevoPedido(t, func(n *domain.Nuevo) {
				n.Cliente.UsuarioID, n.ReservaID, n.Ahora, n.ExpiraEn, n.RevisarEn = usuario, uuid.NewString(), cuando, cuando.Add(time.Hour),
					cuando.Add(time.Minute)
			})
			require.NoError(t, r.Crear(t.Context(), idempotency.Key{}, p, domain.Topes{}))
			_, err := r.Actualizar(t.Context(), idempotency.Key{}, p.ID(), func(p *domain.Pedido) error { return cambiar(p, cuando) })
			require.NoError(t, err)
		}
		rechazar := func(p *domain.Pedido, cuando time.Time) error {
			return p.RechazarSinStock([]domain.Falta{{ProductoID: 1, Solicitado: 2}}, false, cuando, cuando)
		}
		day := 24 * time.Hour
		crear(31*day, 7, rechazar)
		crear(29*day, 7, rechazar)
		crear(3*time.Hour, 7, rechazar)
		crear(2*time.Hour, 7, rechazar)
		crear(time.Hour, 8, rechazar)
		crear(31*day, 7, func(p *domain.Pedido, cuando time.Time) error { return p.Reservar(cuando) })

		// A further order of the same moment, with a limit of 2 and of 3 refused ones in a day.
		otro := func(maximo int) error {
			p := portstest.NuevoPedido(t, func(n *domain.Nuevo) { n.ReservaID = uuid.NewString() })
			return r.Crear(t.Context(), idempotency.Key{}, p, domain.Topes{Rechazos: maximo, Desde: portstest.Ahora.Add(-day)})
		}
		err := otro(2)
		require.ErrorIs(t, err, domain.ErrDemasiadosRechazos)
		assert.Equal(t, 21*time.Hour, fault.From(err).RetryAfter, "then one of the two no longer counts")
		require.NoError(t, otro(3))
		err = otro(3)
		require.ErrorIs(t, err, domain.ErrDemasiadosRechazos, "one that is still being decided may be refused too")
		assert.Less(t, fault.From(err).RetryAfter, time.Minute)

		n, err := r.LimpiarRechazados(t.Context(), portstest.Ahora, 10)
		require.NoError(t, err)
		assert.EqualValues(t, 1, n)
		todos, err := r.Listar(t.Context(), ports.Filtro{Limite: 10})
		require.NoError(t, err)
		assert.Len(t, todos, 6, "an order that reserved stays at any age")
		if db.Engine() == database.SQLite {
			var id, parent, unused int
			var plan string
			require.NoError(t, db.Read().QueryRow(t.Context(), `EXPLAIN QUERY PLAN SELECT creado_en FROM pedidos WHERE usuario_id = 1
				AND motivo = 'SIN_STOCK' AND creado_en > '2026' ORDER BY creado_en DESC LIMIT 1`).Scan(&id, &parent, &unused, &plan))
			assert.True(t, strings.Contains(plan, "pedidos_rechazados "), plan)
		}
	})
}
