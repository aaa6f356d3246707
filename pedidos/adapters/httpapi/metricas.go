package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tienda-go/tienda/pedidos/app"
)

const (
	plazoMetricas    = 2 * time.Second
	frescuraMetricas = 5 * time.Second // the database is read once in this time, for any number of requests
)

// metricas shows how many orders are open in each phase and for how long, and whether one is stuck.
type metricas struct {
	servicio                  *app.Servicio
	abiertos, edad, atascados *prometheus.Desc
	mu                        sync.Mutex
	leida                     time.Time
	situacion                 []app.Situacion
}

func nuevasMetricas(servicio *app.Servicio) *metricas {
	return &metricas{
		servicio: servicio,
		abiertos: prometheus.NewDesc("pedidos_abiertos",
			"Orders that are not final, by phase; DEVOLUCION: returns that inventario does not have back.", []string{"fase"}, nil),
		edad: prometheus.NewDesc("pedidos_edad_segundos", "How long the order that has been in a phase longest has been in it.",
			[]string{"fase"}, nil),
		atascados: prometheus.NewDesc("pedidos_atascados",
			"1 while an order has been on its way out of a phase for more than a minute.", []string{"fase"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *metricas) Describe(out chan<- *prometheus.Desc) {
	out <- m.abiertos
	out <- m.edad
	out <- m.atascados
}

// Collect implements prometheus.Collector. While the database is down these figures are absent: old ones would hide a problem.
func (m *metricas) Collect(out chan<- prometheus.Metric) {
	for _, s := range m.leer() {
		fase := string(s.Fase)
		out <- prometheus.MustNewConstMetric(m.abiertos, prometheus.GaugeValue, float64(s.Cuantos), fase)
		out <- prometheus.MustNewConstMetric(m.edad, prometheus.GaugeValue, s.Edad.Seconds(), fase)
		atascada := 0.0
		if s.Atascada {
			atascada = 1
		}
		out <- prometheus.MustNewConstMetric(m.atascados, prometheus.GaugeValue, atascada, fase)
	}
}

func (m *metricas) leer() []app.Situacion {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.leida) < frescuraMetricas {
		return m.situacion
	}
	ctx, cancel := context.WithTimeout(context.Background(), plazoMetricas)
	defer cancel()
	situacion, err := m.servicio.Situacion(ctx)
	if err != nil {
		return nil
	}
	m.leida, m.situacion = time.Now(), situacion
	return situacion
}
