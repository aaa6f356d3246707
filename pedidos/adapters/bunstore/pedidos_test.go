package bunstore_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func abrir(t *testing.T, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, database.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context(), bunstore.Migrations()))
	return db
}

func TestPedidos(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		portstest.PedidosSuite(t, func(t *testing.T) portstest.Almacen { return bunstore.New(abrir(t, dbtest.SQLite(t))) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		portstest.PedidosSuite(t, func(t *testing.T) portstest.Almacen { return bunstore.New(abrir(t, dbtest.Postgres(t))) })
	})
}

// TestPedidos_la_base_de_datos_rechaza_lo_imposible goes around the rules, as a mistake in a later version might.
func TestPedidos_la_base_de_datos_rechaza_lo_imposible(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		p := portstest.NuevoPedido(t)
		require.NoError(t, bunstore.New(db).Crear(t.Context(), p, domain.Topes{}))
		for _, change := range []string{
			"fase = 'PERDIDO'", "fase = 'CANCELADO'", "motivo = 'USUARIO'", "total = -1", "version = 0", "revisar_en = NULL", "fase = 'COMPLETADO'",
		} {
			_, err := db.DB.DB.ExecContext(t.Context(), "UPDATE pedidos SET "+change)
			_, kind, ok := database.Violation(err)
			assert.True(t, ok, "%s: %v", change, err)
			assert.Equal(t, database.Check, kind, change)
		}
	})
}
