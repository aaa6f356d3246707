package bunstore_test

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"
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

// hasta are the migrations up to a step.
func hasta(t *testing.T, paso string) fs.FS {
	t.Helper()
	steps := fstest.MapFS{}
	for _, engine := range []string{"postgres", "sqlite"} {
		entries, err := fs.ReadDir(bunstore.Migrations(), engine)
		require.NoError(t, err)
		for _, e := range entries {
			if name := path.Join(engine, e.Name()); e.Name() <= paso {
				raw, err := fs.ReadFile(bunstore.Migrations(), name)
				require.NoError(t, err)
				steps[name] = &fstest.MapFile{Data: raw}
			}
		}
	}
	return steps
}

// TestMigrar_los_pedidos_de_antes: orders that were placed before lines had rows of their own are found by product, count for the
// limits and can be returned; ids of orders that were removed are not given again.
func TestMigrar_los_pedidos_de_antes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db, err := database.Open(t.Context(), url, database.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		require.NoError(t, db.Migrate(t.Context(), hasta(t, "0004")))
		antes := func(fase string, revisar, expira any) {
			_, err := db.Write().Exec(t.Context(), `INSERT INTO pedidos (usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota,
					version, creado_en, actualizado_en, expira_en, revisar_en, intentos, con_clave, revision, pasos)
				VALUES (7, $1, $2, 'EUR', 4099, $3, NULL, '', 2, $4, $4, $5, $6, 0, true, 3, '[]')`, uuid.NewString(),
				`[{"producto_id":1,"nombre":"Teclado","precio":1999,"cantidad":2,"subtotal":3998},{"producto_id":2,"nombre":"Ratón",`+
					`"precio":101,"cantidad":1,"subtotal":101}]`,
				fase, portstest.Ahora, expira, revisar)
			require.NoError(t, err)
		}
		antes("RESERVADO", portstest.Ahora, portstest.Ahora)
		antes("COMPLETADO", nil, nil)
		antes("COMPLETADO", nil, nil)
		_, err = db.Write().Exec(t.Context(), "DELETE FROM pedidos WHERE id = 3")
		require.NoError(t, err)

		require.NoError(t, db.Migrate(t.Context(), bunstore.Migrations()))
		pedidos, devoluciones := bunstore.New(db), bunstore.NewDevoluciones(db)
		con, err := pedidos.Listar(t.Context(), ports.Filtro{ProductoID: 2, Limite: 10})
		require.NoError(t, err)
		require.Len(t, con, 2)
		assert.Equal(t, domain.FaseReservado, con[1].Fase())
		assert.True(t, con[1].ConClave())
		assert.Equal(t, portstest.Ahora, con[1].ExpiraEn())
		require.ErrorIs(t, pedidos.Crear(t.Context(), idempotency.Key{}, portstest.NuevoPedido(t), domain.Topes{Unidades: 3}),
			domain.ErrLimitePorCliente)
		nuevo := portstest.NuevoPedido(t)
		require.NoError(t, pedidos.Crear(t.Context(), idempotency.Key{}, nuevo, domain.Topes{Unidades: 4}))
		assert.Greater(t, nuevo.ID(), int64(3), "an id is given once")

		n := domain.NuevaDevolucion{MovimientoID: "m", Lineas: []domain.LineaPedida{{ProductoID: 1, Cantidad: 2}},
			Ahora: portstest.Ahora}
		_, err = devoluciones.Crear(t.Context(), idempotency.Key{}, con[0].ID(),
			func(devuelto map[int64]int64) (*domain.Devolucion, error) {
				assert.Equal(t, map[int64]int64{1: 0, 2: 0}, devuelto)
				return con[0].Devolver(n, devuelto)
			})
		require.NoError(t, err)
		n.MovimientoID = "otro"
		_, err = devoluciones.Crear(t.Context(), idempotency.Key{}, con[0].ID(),
			func(devuelto map[int64]int64) (*domain.Devolucion, error) {
				return con[0].Devolver(n, devuelto)
			})
		require.ErrorIs(t, err, domain.ErrDevolucionExcesiva)
	})
}

// TestListar_cada_filtro_tiene_su_indice: no filter makes a list read all orders, nor sort them.
func TestListar_cada_filtro_tiene_su_indice(t *testing.T) {
	t.Parallel()
	db := abrir(t, esquema.SQLite(t))
	for filtro, indice := range map[string]string{
		"p WHERE usuario_id = 7":                          "pedidos_por_usuario",
		"p WHERE fase = 'RESERVADO'":                      "pedidos_por_fase",
		"p WHERE motivo = 'SIN_STOCK'":                    "pedidos_por_motivo",
		"p WHERE fase NOT IN ('COMPLETADO', 'CANCELADO')": "pedidos_pendientes",
		"p JOIN pedido_lineas l ON l.pedido_id = p.id WHERE l.producto_id = 7 AND l.pedido_id < 9": "pedido_lineas_por_producto",
	} {
		orden := "id"
		if strings.Contains(filtro, "JOIN") {
			orden = "l.pedido_id"
		}
		rows, err := db.Read().Query(t.Context(),
			fmt.Sprintf("EXPLAIN QUERY PLAN SELECT p.* FROM pedidos %s ORDER BY %s DESC LIMIT 100", filtro, orden))
		require.NoError(t, err)
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
			plan = append(plan, step)
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
		assert.Contains(t, strings.Join(plan, "; "), indice, filtro)
		assert.NotContains(t, strings.Join(plan, "; "), "TEMP B-TREE", filtro)
	}
}
