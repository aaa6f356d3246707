package bunstore

import (
	"io/fs"
	"path"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/inventario/ports"
)

// TestMigrar_bajo_minimo checks that stock stored before the migration is found when it is below its minimum, and that an update
// of stock still writes no index.
func TestMigrar_bajo_minimo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		antes := fstest.MapFS{}
		for _, motor := range []string{"postgres", "sqlite"} {
			pasos, err := fs.ReadDir(Migrations(), motor)
			require.NoError(t, err)
			for _, p := range pasos {
				if p.Name() < "0006" {
					raw, err := fs.ReadFile(Migrations(), path.Join(motor, p.Name()))
					require.NoError(t, err)
					antes[path.Join(motor, p.Name())] = &fstest.MapFile{Data: raw}
				}
			}
		}
		db, err := database.Open(t.Context(), url, database.Options{MaxConns: 1})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		require.NoError(t, db.Migrate(t.Context(), antes))
		_, err = db.Write().Exec(t.Context(), `INSERT INTO existencias (producto_id, fisico, reservado, minimo, actualizado_en)
			VALUES (1, 10, 4, 7, $1), (2, 10, 4, 6, $1), (3, 0, 0, 0, $1)`, cuando)
		require.NoError(t, err)

		require.NoError(t, db.Migrate(t.Context(), Migrations()))
		bajos, err := NewExistencias(db).Listar(t.Context(), ports.Filtro{BajoMinimo: new(true), Limite: 10})
		require.NoError(t, err)
		require.Len(t, bajos, 1)
		assert.EqualValues(t, 1, bajos[0].ProductoID())

		if db.Engine() != database.Postgres {
			return
		}
		for range 20 {
			_, err := db.Write().Exec(t.Context(),
				`UPDATE existencias SET fisico = fisico + 2, reservado = reservado + 1, version = version + 1 WHERE producto_id = 2`)
			require.NoError(t, err)
		}
		_, err = db.Write().Exec(t.Context(), `SELECT pg_stat_force_next_flush()`)
		require.NoError(t, err)
		var todas, calientes int
		require.NoError(t, db.Write().
			QueryRow(t.Context(), `SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'existencias'`).
			Scan(&todas, &calientes))
		assert.Equal(t, 20, todas)
		assert.Equal(t, todas, calientes, "an index is written for each order")
	})
}
