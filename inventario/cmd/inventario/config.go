package main

import (
	"cmp"
	"net"
	"strconv"
	"strings"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
)

// configuracion is what the environment says. README.md has it as a table.
type configuracion struct {
	config.Common
	Puerto            uint16             `env:"INVENTARIO_PORT" envDefault:"8002"`
	PuertoProductos   uint16             `env:"PRODUCTOS_PORT" envDefault:"8001"` // where productos is, if its address is not said
	PuertoAuth        uint16             `env:"AUTH_PORT" envDefault:"8000"`      // where auth is, if its address is not said
	DireccionMetricas config.MetricsAddr `env:"INVENTARIO_METRICS_ADDR"`
	BaseURL           string             `env:"INVENTARIO_DB_URL"`
	AuthURL           string             `env:"AUTH_SERVICE_URL,expand" envDefault:"http://localhost:${AUTH_PORT}"`
	Secreto           config.Secret      `env:"INVENTARIO_CLIENT_SECRET"`
	Emisor            string             `env:"AUTH_ISSUER"`
	ProductosURL      string             `env:"PRODUCTOS_SERVICE_URL,expand" envDefault:"http://localhost:${PRODUCTOS_PORT}"`
}

const minSecreto = 32 // bytes

func (c configuracion) direccion() string {
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Puerto)))
}

// metricas is where the metrics are shown; "" = on the service's own port.
func (c configuracion) metricas() string { return c.Metrics(c.DireccionMetricas, 9002) }

// emisor is the `iss` that tokens must have.
func (c configuracion) emisor() string { return cmp.Or(c.Emisor, c.AuthURL) }

func (c configuracion) auth(path string) string { return strings.TrimRight(c.AuthURL, "/") + path }

// Check is what no single variable can tell.
func (c configuracion) Check() error {
	errs := []error{
		config.CheckSecret("INVENTARIO_CLIENT_SECRET", c.Secreto, minSecreto),
		c.CheckPlace(config.Place{
			Service: "INVENTARIO", Port: c.Puerto, Metrics: c.metricas(),
			Peers: map[string]string{"AUTH": c.AuthURL, "PRODUCTOS": c.ProductosURL},
		}),
	}
	if err := database.CheckURL(c.DatabaseURL(c.BaseURL, "inventario")); err != nil {
		errs = append(errs, config.Wrong("INVENTARIO_DB_URL", err.Error()))
	}
	return config.Join(errs...)
}
