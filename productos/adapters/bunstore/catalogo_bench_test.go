package bunstore_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

// BenchmarkRepositorio measures the hot reads on PostgreSQL: a page of 100, and one product.
func BenchmarkRepositorio(b *testing.B) {
	db := esquema.Open(b, esquema.Postgres(b), database.Options{})
	r := bunstore.New(db)
	for i := range 101 {
		nuevo, err := domain.NewProducto(domain.Ficha{
			Nombre: fmt.Sprintf("Taza %d", i), Descripcion: "De barro cocido", Precio: 1995, Moneda: "EUR", SKU: fmt.Sprintf("TAZA-%d", i),
			Estado: domain.Activo,
		}, cuando)
		require.NoError(b, err)
		_, err = r.Crear(b.Context(), idempotency.Key{}, nuevo)
		require.NoError(b, err)
	}
	b.Run("Activos", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pagina, err := r.Buscar(b.Context(), ports.Busqueda{Estado: domain.Activo, Limite: 101})
			require.NoError(b, err)
			require.Len(b, pagina, 101)
		}
	})
	b.Run("Obtener", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := r.Obtener(b.Context(), 7)
			require.NoError(b, err)
		}
	})
}
