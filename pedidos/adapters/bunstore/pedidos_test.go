package bunstore_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

func abrir(t *testing.T, url string) *database.DB {
	t.Helper()
	return esquema.Open(t, url, database.Options{})
}

func TestPedidos(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		portstest.PedidosSuite(t, func(t *testing.T) portstest.Almacen { return bunstore.New(abrir(t, esquema.SQLite(t))) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		portstest.PedidosSuite(t, func(t *testing.T) portstest.Almacen { return bunstore.New(abrir(t, esquema.Postgres(t))) })
	})
}

func TestDevoluciones(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": esquema.SQLite, "postgres": esquema.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			portstest.DevolucionesSuite(t, func(t *testing.T) (ports.Pedidos, portstest.AlmacenDevoluciones) {
				db := abrir(t, url(t))
				return bunstore.New(db), bunstore.NewDevoluciones(db)
			})
		})
	}
}

// TestTopes_con_dos_procesos sends a customer's orders through two connection pools, as two processes do.
func TestTopes_con_dos_procesos(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		uno := abrir(t, url)
		otro := uno // SQLite is for one process
		if uno.Engine() == database.Postgres {
			otro = abrir(t, url)
		}
		procesos := []*bunstore.Pedidos{bunstore.New(uno), bunstore.New(otro)}
		errs := make([]error, 40)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				errs[i] = procesos[i%2].Crear(t.Context(), idempotency.Key{}, portstest.NuevoPedido(t),
					domain.Topes{Unidades: 12, Abiertos: 30})
			})
		}
		wg.Wait()
		puestos := 0
		for _, err := range errs {
			if err == nil {
				puestos++
				continue
			}
			assert.ErrorIs(t, err, domain.ErrLimitePorCliente)
		}
		assert.Equal(t, 6, puestos, "two units each")
	})
}

// TestPedidos_la_base_de_datos_rechaza_lo_imposible writes rows without the rules, as a mistake in a later version might.
func TestPedidos_la_base_de_datos_rechaza_lo_imposible(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		p := portstest.NuevoPedido(t)
		require.NoError(t, bunstore.New(db).Crear(t.Context(), idempotency.Key{}, p, domain.Topes{}))
		for _, change := range []string{
			"fase = 'PERDIDO'", "fase = 'ACEPTADO'", "fase = 'CANCELADO'", "motivo = 'USUARIO'", "total = -1", "version = 0",
			"revisar_en = NULL", "fase = 'COMPLETADO'",
		} {
			_, err := db.Write().Exec(t.Context(), "UPDATE pedidos SET "+change)
			_, kind, ok := database.Violation(err)
			assert.True(t, ok, "%s: %v", change, err)
			assert.Equal(t, database.Check, kind, change)
		}
		_, err := db.Write().Exec(t.Context(), "UPDATE pedido_lineas SET devuelto = cantidad + 1")
		_, kind, _ := database.Violation(err)
		assert.Equal(t, database.Check, kind, "more came back than there was")
	})
}
