package httpapi

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tienda-go/tienda/inventario/app"
)

// discrepancias shows what the last verification of the ledger found; not a number until there has been one.
func discrepancias(servicio *app.Servicio) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "inventario_discrepancias", Help: "What did not agree when the ledger was last replayed against stock and reservations.",
	}, func() float64 {
		n, known := servicio.Discrepancias()
		if !known {
			return math.NaN()
		}
		return float64(n)
	})
}
