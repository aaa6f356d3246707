package argon

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tienda-go/tienda/auth/ports"
)

var _ prometheus.Collector = (*Contrasenas)(nil)

// nombres are the names of the lanes in the metrics.
var nombres = [ports.Carriles]string{
	ports.CarrilConocido: "conocido", ports.CarrilEntrar: "entrar", ports.CarrilRegistrar: "registrar",
}

var (
	porCarril  = []string{"carril"}
	esperando  = prometheus.NewDesc("auth_contrasenas_esperando", "Passwords that wait to be hashed, by lane.", porCarril, nil)
	rechazadas = prometheus.NewDesc(
		"auth_contrasenas_rechazadas_total", "Passwords that were not hashed because too many waited, by lane.", porCarril, nil,
	)
)

// Describe implements prometheus.Collector.
func (c *Contrasenas) Describe(out chan<- *prometheus.Desc) {
	out <- esperando
	out <- rechazadas
}

// Collect implements prometheus.Collector.
func (c *Contrasenas) Collect(out chan<- prometheus.Metric) {
	c.cola.mu.Lock()
	defer c.cola.mu.Unlock()
	for i, k := range c.cola.carriles {
		out <- prometheus.MustNewConstMetric(esperando, prometheus.GaugeValue, float64(k.esperan), nombres[i])
		out <- prometheus.MustNewConstMetric(rechazadas, prometheus.CounterValue, float64(k.rechazos), nombres[i])
	}
}
