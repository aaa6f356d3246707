package main

import (
	"cmp"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
)

// configuracion is read from the environment. README.md has it as a table.
type configuracion struct {
	config.Common
	Puerto            uint16             `env:"PRODUCTOS_PORT" envDefault:"8001"`
	PuertoAuth        uint16             `env:"AUTH_PORT" envDefault:"8000"` // of auth on this machine, when its address is not set
	DireccionMetricas config.MetricsAddr `env:"PRODUCTOS_METRICS_ADDR"`
	BaseURL           string             `env:"PRODUCTOS_DB_URL"`
	SegundosCache     uint16             `env:"CATALOGO_CACHE_SEGUNDOS" envDefault:"5"` // for caches; 0 = none
	AuthURL           string             `env:"AUTH_SERVICE_URL,expand" envDefault:"http://localhost:${AUTH_PORT}"`
	Secreto           config.Secret      `env:"PRODUCTOS_CLIENT_SECRET"`
	Emisor            string             `env:"AUTH_ISSUER"`
}

const minSecreto = 32 // bytes

func (c configuracion) direccion() string {
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Puerto)))
}

// metricas is where the metrics are served; "" = on the service's own port.
func (c configuracion) metricas() string { return c.Metrics(c.DireccionMetricas, 9001) }

// emisor is the `iss` that tokens must have.
func (c configuracion) emisor() string { return cmp.Or(c.Emisor, c.AuthURL) }

func (c configuracion) auth(path string) string { return strings.TrimRight(c.AuthURL, "/") + path }

// cache is how long caches may keep public answers; 0 = not at all.
func (c configuracion) cache() time.Duration { return time.Duration(c.SegundosCache) * time.Second }

// Check has the rules about several variables.
func (c configuracion) Check() error {
	errs := []error{
		config.CheckSecret("PRODUCTOS_CLIENT_SECRET", c.Secreto, minSecreto),
		c.CheckPlace(config.Place{
			Service: "PRODUCTOS", Port: c.Puerto, Metrics: c.metricas(),
			Peers: map[string]string{"AUTH": c.AuthURL},
		}),
	}
	if err := database.CheckURL(c.DatabaseURL(c.BaseURL, "productos")); err != nil {
		errs = append(errs, config.Wrong("PRODUCTOS_DB_URL", err.Error()))
	}
	return config.Join(errs...)
}
