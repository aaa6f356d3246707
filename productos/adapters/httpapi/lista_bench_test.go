package httpapi

import (
	"io"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/productos/domain"
)

// BenchmarkLista_encode measures what a list of 100 costs between the repository and the wire.
func BenchmarkLista_encode(b *testing.B) {
	ahora := time.Date(2026, 1, 2, 3, 4, 5, 600700000, time.UTC)
	pagina := make([]*domain.Producto, 100)
	for i := range pagina {
		pagina[i] = domain.RehidratarProducto(domain.ProductoSnapshot{
			ID:      int64(i + 1),
			Ficha:   domain.Ficha{Nombre: "Taza de barro", Descripcion: "De barro cocido", Precio: 1995, Moneda: "EUR", SKU: "TAZA-01", Estado: domain.Activo},
			Version: 1, CreadoEn: ahora, ActualizadoEn: ahora,
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := huma.DefaultJSONFormat.Marshal(io.Discard, aRespuestas(pagina)); err != nil {
			b.Fatal(err)
		}
	}
}
