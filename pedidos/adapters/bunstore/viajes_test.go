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
	cluster := dbtest.StartCluster(t, dbtest.Counting...)
	db := abrir(t, cluster.URL())
	sentencias := dbtest.CountStatements(t, db, `select pg_advisory`)
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
