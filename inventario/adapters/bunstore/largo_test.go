//go:build long

package bunstore

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// TestVerificar_diez_millones prints how long a verification takes with a ledger of ten million rows. The time does not depend on
// the number of rows: LEDGER_ROWS sets another number.
func TestVerificar_diez_millones(t *testing.T) {
	filas := int64(10_000_000)
	if n, err := strconv.ParseInt(os.Getenv("LEDGER_ROWS"), 10, 64); err == nil {
		filas = n
	}
	for nombre, url := range map[string]func(testing.TB) string{"postgres": esquema.Postgres, "sqlite": esquema.SQLite} {
		t.Run(nombre, func(t *testing.T) {
			db := abrir(t, url(t))
			medir := func(que string, hacer func()) time.Duration {
				inicio := time.Now()
				hacer()
				tardo := time.Since(inicio)
				t.Logf("%-40s %v", que, tardo.Round(time.Millisecond))
				return tardo
			}
			medir(fmt.Sprintf("writing %d rows by SQL", filas), func() { llenar(t, db, filas) })

			libro, partes := NewLibro(db), 0
			var v domain.Verificacion
			var err error
			var peor time.Duration
			medir("reading them for the first time, in parts", func() {
				for v.Pendientes = true; v.Pendientes; partes++ {
					inicio := time.Now()
					v, err = libro.Verificar(t.Context())
					require.NoError(t, err)
					peor = max(peor, time.Since(inicio))
				}
			})
			t.Logf("parts: %d, the slowest took %v", partes, peor.Round(time.Millisecond))
			require.Empty(t, v.Discrepancias)
			require.Equal(t, filas, v.Movimientos)
			assert.Less(t, peor, 10*time.Second)

			tardo := medir("a verification from then on", func() { v, err = libro.Verificar(t.Context()) })
			require.NoError(t, err)
			require.Empty(t, v.Discrepancias)
			require.Equal(t, filas, v.Movimientos)
			assert.Less(t, tardo, 5*time.Second)

			hacer := sinGuardas(t, db)
			encontrar := func(que domain.TipoDiscrepancia) {
				medir("a verification that finds "+string(que), func() { v, err = libro.Verificar(t.Context()) })
				require.NoError(t, err)
				assert.True(t, slices.ContainsFunc(v.Discrepancias, func(d domain.Discrepancia) bool { return d.Que == que }), "%+v",
					v.Discrepancias)
			}
			hacer(`UPDATE existencias SET fisico = fisico + 1 WHERE producto_id = 77`)
			encontrar(domain.DiscrepanciaFisico)
			hacer(`UPDATE existencias SET fisico = fisico - 1 WHERE producto_id = 77`)
			hacer(`UPDATE movimientos SET fisico = fisico + 1 WHERE id = (SELECT max(id) FROM movimientos)`)
			encontrar(domain.DiscrepanciaPuntoDeControl)
			hacer(`UPDATE movimientos SET fisico = fisico - 1 WHERE id = (SELECT max(id) FROM movimientos)`)

			vieja := filas / 2
			hacer(fmt.Sprintf(`UPDATE movimientos SET fisico = fisico + 1 WHERE id = %d`, vieja))
			pedida, err := libro.Pedir(t.Context(), time.Now())
			require.NoError(t, err)
			medir("all again from the beginning", func() {
				for hay := true; hay; {
					hay, err = libro.Avanzar(t.Context(), time.Now())
					require.NoError(t, err)
				}
			})
			d, err := libro.Ver(t.Context(), pedida.ID)
			require.NoError(t, err)
			assert.True(t, d.Hecha)
			assert.Equal(t, filas, d.Movimientos)
			assert.True(t, slices.ContainsFunc(d.Discrepancias, func(d domain.Discrepancia) bool { return d.MovimientoID == vieja }))
		})
	}
}

// llenar writes a ledger of 1000 products, in which each row adds one unit.
func llenar(t *testing.T, db *database.DB, filas int64) {
	t.Helper()
	const productos = 1000
	serie := `(SELECT generate_series(0, %d) AS i) s`
	antes, despues := []string{"SET LOCAL statement_timeout = 0; SET LOCAL session_replication_role = replica"}, []string{"ANALYZE"}
	if db.Engine() == database.SQLite {
		serie = `(WITH RECURSIVE s (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < %d) SELECT i FROM s) s`
		antes, despues = nil, nil
	}
	sentencias := slices.Concat(antes, []string{
		fmt.Sprintf(`INSERT INTO existencias (producto_id, fisico, actualizado_en) SELECT i + 1, %d, '2026-03-01 12:00:00+00:00' FROM `+
			serie,
			filas/productos, productos-1),
		fmt.Sprintf(`INSERT INTO movimientos (producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado, actor, request_id, creado_en)
			SELECT 1 + i %% %d, 'ENTRADA', 1, 0, 1 + i / %d, 0, '1', 'p', '2026-03-01 12:00:00+00:00' FROM `+serie, productos, productos, filas-1),
	}, despues)
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		for _, s := range sentencias {
			_, err := tx.Exec(ctx, s)
			require.NoError(t, err, s)
		}
		return nil
	}))
}
