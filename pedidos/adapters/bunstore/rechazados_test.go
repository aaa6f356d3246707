package bunstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func TestPedidos_rechazados(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		r := bunstore.New(db)
		crear := func(edad time.Duration, usuario int64, cambiar func(p *domain.Pedido, cuando time.Time) error) {
			cuando := portstest.Ahora.Add(-edad)
			p := portstest.NuevoPedido(t, func(n *domain.Nuevo) {
				n.UsuarioID, n.ReservaID, n.Ahora, n.ExpiraEn, n.RevisarEn = usuario, uuid.NewString(), cuando, cuando.Add(time.Hour), cuando.Add(time.Minute)
			})
			require.NoError(t, r.Crear(t.Context(), p, 0))
			_, err := r.Actualizar(t.Context(), p.ID(), func(p *domain.Pedido) error { return cambiar(p, cuando) })
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

		cuando, ok, err := r.Rechazo(t.Context(), 7, portstest.Ahora.Add(-day), 2)
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, portstest.Ahora.Add(-3*time.Hour), cuando, "then one of the two no longer counts")
		_, ok, err = r.Rechazo(t.Context(), 7, portstest.Ahora.Add(-day), 3)
		require.NoError(t, err)
		assert.False(t, ok)

		n, err := r.LimpiarRechazados(t.Context(), portstest.Ahora, 10)
		require.NoError(t, err)
		assert.EqualValues(t, 1, n)
		todos, err := r.Listar(t.Context(), ports.Filtro{Limite: 10})
		require.NoError(t, err)
		assert.Len(t, todos, 5, "an order that reserved stays whatever its age")
		if db.Engine() == database.SQLite {
			var id, parent, unused int
			var plan string
			require.NoError(t, db.QueryRowContext(t.Context(), `EXPLAIN QUERY PLAN SELECT creado_en FROM pedidos WHERE usuario_id = 1
				AND motivo = 'SIN_STOCK' AND creado_en > '2026' ORDER BY creado_en DESC LIMIT 1`).Scan(&id, &parent, &unused, &plan))
			assert.True(t, strings.Contains(plan, "pedidos_rechazados "), plan)
		}
	})
}
