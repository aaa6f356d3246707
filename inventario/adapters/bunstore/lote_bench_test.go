package bunstore

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// BenchmarkReservar_todos_el_mismo compares reservations of one product with as many reservations of 10 000 products. It measures
// the two in turns of a fifth of a second, so that a busy machine slows both. The result is the ratio hot/spread.
func BenchmarkReservar_todos_el_mismo(b *testing.B) {
	for _, clientes := range []int{16, 64} {
		b.Run(fmt.Sprintf("%d_clientes", clientes), func(b *testing.B) {
			db := abrirCon(b, esquema.Postgres(b), database.Options{}) // as many connections as a service has
			_, err := db.Write().Exec(b.Context(), `INSERT INTO existencias (producto_id, fisico, actualizado_en)
				SELECT i, 1000000000, $1 FROM generate_series(1, 10000) i`, cuando)
			require.NoError(b, err)
			reservas := NewReservas(db)
			var n atomic.Int64
			ronda := func(repartidas bool) (hechas int64) {
				antes, fin := n.Load(), time.Now().Add(200*time.Millisecond)
				var todos sync.WaitGroup
				for range clientes {
					todos.Go(func() {
						for time.Now().Before(fin) {
							i, producto := n.Add(1), int64(1)
							if repartidas {
								producto = 1 + i*7919%10000
							}
							reservarUno(b, reservas, i, domain.Linea{ProductoID: producto, Cantidad: 1})
						}
					})
				}
				todos.Wait()
				return n.Load() - antes
			}
			ronda(true)
			var caliente, repartido int64
			for b.Loop() {
				caliente += ronda(false)
				repartido += ronda(true)
			}
			b.ReportMetric(float64(caliente)/float64(repartido), "hot/spread")
			b.ReportMetric(float64(caliente)/(0.2*float64(b.N)), "hot/s")
			b.ReportMetric(float64(repartido)/(0.2*float64(b.N)), "spread/s")
		})
	}
}
