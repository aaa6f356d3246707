package bunstore_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

// TestPedidos_las_sentencias_de_un_pedido: each statement is a round trip to PostgreSQL, so there are no more than
// an order needs.
func TestPedidos_las_sentencias_de_un_pedido(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t, "shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track_utility=on")
	db := abrir(t, cluster.URL())
	_, err := db.Write().Exec(t.Context(), "CREATE EXTENSION pg_stat_statements")
	require.NoError(t, err)
	// sentencias leaves out those of a new connection, and this question.
	sentencias := func() (n int) {
		require.NoError(t, db.Read().QueryRow(t.Context(), `SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
			WHERE query ~* '^(begin|commit|rollback|insert|update|with|select pg_advisory)'`).Scan(&n))
		return n
	}
	r := bunstore.New(db)
	clave := func(nombre string) idempotency.Key {
		return idempotency.Of(idempotency.Request{Caller: "7", Method: "POST", Path: "/pedidos", Key: nombre}.Try())
	}
	for _, c := range []struct {
		nombre     string
		clave      idempotency.Key
		topes      domain.Topes
		sentencias int
	}{
		{"sin clave", idempotency.Key{}, domain.Topes{}, 1},
		{"con clave", clave("a"), domain.Topes{}, 1},
		{"sin clave, con topes: turn and order in one round trip", idempotency.Key{}, domain.Topes{Abiertos: 10, Unidades: 100}, 2},
		{"con clave y topes: no statement more", clave("b"), domain.Topes{Abiertos: 10, Unidades: 100}, 2},
	} {
		p, antes := portstest.NuevoPedido(t), sentencias()
		require.NoError(t, r.Crear(t.Context(), c.clave, p, c.topes))
		assert.Equal(t, c.sentencias, sentencias()-antes, c.nombre)

		antes = sentencias()
		_, err := r.Continuar(t.Context(), p, func(p *domain.Pedido) error { return p.Confirmar(portstest.Ahora) })
		require.NoError(t, err)
		assert.Equal(t, 1, sentencias()-antes, "%s: what inventario answered", c.nombre)
	}
}
