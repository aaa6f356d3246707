package bunstore_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
	"github.com/tienda-go/tienda/productos/ports/portstest"
)

var cuando = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

// abrir returns a migrated database behind url.
func abrir(t *testing.T, url string) *database.DB {
	t.Helper()
	return esquema.Open(t, url, database.Options{})
}

func TestRepositorio_postgres(t *testing.T) {
	t.Parallel()
	portstest.RepositorioSuite(t, func(t *testing.T) portstest.Almacen {
		return bunstore.New(abrir(t, esquema.Postgres(t)))
	})
}

func TestRepositorio_sqlite(t *testing.T) {
	t.Parallel()
	portstest.RepositorioSuite(t, func(t *testing.T) portstest.Almacen {
		return bunstore.New(abrir(t, esquema.SQLite(t)))
	})
}

func TestRepositorio_base_caida_no_esta_disponible(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		r := bunstore.New(db)
		require.NoError(t, db.Close())
		nuevo, err := domain.NewProducto(domain.Ficha{Nombre: "Taza"}, time.Now())
		require.NoError(t, err)

		_, errCrear := r.Crear(t.Context(), idempotency.Key{}, nuevo)
		_, errObtener := r.Obtener(t.Context(), 1)
		_, errPorIDs := r.PorIDs(t.Context(), []int64{1})
		_, errActualizar := r.Actualizar(t.Context(), idempotency.Key{}, 1, func(*domain.Producto) error { return nil })
		_, errBuscar := r.Buscar(t.Context(), ports.Busqueda{Nombre: "taza", Limite: 1})
		errIdentificar := r.Identificar(t.Context(), slog.New(slog.DiscardHandler))
		for _, err := range []error{errBuscar, errIdentificar, errCrear, errObtener, errPorIDs, errActualizar} {
			assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
		}
	})
}

// The database refuses the same values as the domain.
func TestMigraciones_CHECK(t *testing.T) {
	t.Parallel()
	const fila = `INSERT INTO productos
		(nombre, nombre_clave, descripcion, precio, moneda, sku, estado, version, creado_en, actualizado_en)
		VALUES ('n', 'n', '', 0, 'EUR', 's', 'ACTIVO', 1, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00')`
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		_, err := db.Write().Exec(t.Context(), fila)
		require.NoError(t, err)
		for asignacion, restriccion := range map[string]string{
			"nombre = ''":                   "productos_nombre_no_vacio",
			"precio = -1":                   "productos_precio_en_rango",
			"precio = 1000000000000000":     "productos_precio_en_rango",
			"moneda = 'EURO'":               "productos_moneda_iso",
			"sku = ''":                      "productos_sku_no_vacio",
			"categoria = ''":                "productos_categoria_no_vacia",
			"estado = 'VENDIDO'":            "productos_estado_conocido",
			"estado_anterior = 'ARCHIVADO'": "productos_estado_anterior_conocido",
			"version = 0":                   "productos_version_positiva",
		} {
			_, err := db.Write().Exec(t.Context(), "UPDATE productos SET "+asignacion)
			nombre, clase, ok := database.Violation(err)
			require.True(t, ok, "%s: %v", asignacion, err)
			assert.Equal(t, database.Check, clase, asignacion)
			assert.Contains(t, nombre, restriccion, asignacion)
		}
	})
}
