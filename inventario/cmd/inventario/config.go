package main

import (
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/service"
)

// configuracion is read from the environment. README.md has it as a table.
type configuracion struct {
	service.Config
	Puerto            uint16             `env:"INVENTARIO_PORT" envDefault:"8002"`
	DireccionMetricas config.MetricsAddr `env:"INVENTARIO_METRICS_ADDR"`
	BaseURL           string             `env:"INVENTARIO_DB_URL"`
	Secreto           config.Secret      `env:"INVENTARIO_CLIENT_SECRET"`
	PuertoProductos   uint16             `env:"PRODUCTOS_PORT" envDefault:"8001"` // on this machine, when its address is not set
	ProductosURL      string             `env:"PRODUCTOS_SERVICE_URL,expand" envDefault:"http://localhost:${PRODUCTOS_PORT}"`
}

// Settings implements service.Configuration.
func (c configuracion) Settings() service.Settings {
	return service.Settings{
		Config: c.Config, Service: "inventario", Port: c.Puerto, Database: c.BaseURL, ClientSecret: c.Secreto,
		MetricsAddr: c.DireccionMetricas, MetricsPort: 9002,
		Peers: map[string]string{"AUTH": c.AuthURL, "PRODUCTOS": c.ProductosURL},
	}
}

// Check has the rules about several variables.
func (c configuracion) Check() error { return c.Settings().Check() }
