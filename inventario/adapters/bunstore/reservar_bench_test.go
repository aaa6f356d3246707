package bunstore

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/domain"
)

// BenchmarkReservar reserves one unit of each of some products: with one caller, and with many callers for the same products.
func BenchmarkReservar(b *testing.B) {
	for motor, url := range map[string]func(testing.TB) string{"postgres": esquema.Postgres, "sqlite": esquema.SQLite} {
		for _, lineas := range []int64{1, 5} {
			b.Run(fmt.Sprintf("%s/%d_lineas", motor, lineas), func(b *testing.B) {
				reservas := conExistencias(b, url(b), lineas)
				var n atomic.Int64
				for b.Loop() {
					reservarUno(b, reservas, n.Add(1), unaDeCada(lineas)...)
				}
			})
			b.Run(fmt.Sprintf("%s/%d_lineas_disputadas", motor, lineas), func(b *testing.B) {
				reservas := conExistencias(b, url(b), lineas)
				var n atomic.Int64
				b.SetParallelism(8)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						reservarUno(b, reservas, n.Add(1), unaDeCada(lineas)...)
					}
				})
			})
		}
	}
}

func conExistencias(b *testing.B, url string, productos int64) *Reservas {
	b.Helper()
	db := abrir(b, url)
	for id := int64(1); id <= productos; id++ {
		_, err := db.Write().Exec(b.Context(),
			`INSERT INTO existencias (producto_id, fisico, actualizado_en) VALUES ($1, 1000000000000, $2)`,
			id, cuando)
		require.NoError(b, err)
	}
	return NewReservas(db)
}

func unaDeCada(lineas int64) (pedidas []domain.Linea) {
	for id := int64(1); id <= lineas; id++ {
		pedidas = append(pedidas, domain.Linea{ProductoID: id, Cantidad: 1})
	}
	return pedidas
}

func reservarUno(b *testing.B, reservas *Reservas, n int64, pedidas ...domain.Linea) {
	r, err := domain.NewReserva(domain.ReservaID(fmt.Sprintf(formatoID, n)), pedidas, "pedido 1", cuando)
	if err == nil {
		_, _, err = reservas.Reservar(b.Context(), r, domain.Causa{Actor: "servicio:pedidos", Peticion: "p", Cuando: cuando})
	}
	if err != nil {
		b.Error(err)
	}
}
