package httpapi

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tienda-go/tienda/inventario/app"
)

// medidas show the result of the last verification of the ledger, and when a verification last found no discrepancy. An unknown
// result is NaN: a failed verification must not look like a good one.
func medidas(m *app.Medida) []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "inventario_discrepancias",
			Help: "What did not agree when the ledger was last compared with stock and reservations; NaN when that failed, " +
				"or was not done yet.",
		}, func() float64 {
			n, known := m.Discrepancias()
			if !known {
				return math.NaN()
			}
			return float64(n)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "inventario_verificacion_ultima_buena_timestamp_seconds",
			Help: "When this process last verified the ledger and found nothing wrong; NaN when never.",
		}, func() float64 {
			buena := m.UltimaBuena()
			if buena.IsZero() {
				return math.NaN()
			}
			return float64(buena.UnixMilli()) / 1000
		}),
	}
}
