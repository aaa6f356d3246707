package main

import (
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/service"
)

// configuracion is read from the environment. README.md has it as a table.
type configuracion struct {
	service.Config
	Puerto            uint16             `env:"PRODUCTOS_PORT" envDefault:"8001"`
	DireccionMetricas config.MetricsAddr `env:"PRODUCTOS_METRICS_ADDR"`
	BaseURL           string             `env:"PRODUCTOS_DB_URL"`
	Secreto           config.Secret      `env:"PRODUCTOS_CLIENT_SECRET"`
	SegundosCache     uint16             `env:"CATALOGO_CACHE_SEGUNDOS" envDefault:"5"` // how long caches may keep answers; 0: not at all
}

// Settings implements service.Configuration.
func (c configuracion) Settings() service.Settings {
	return service.Settings{
		Config: c.Config, Service: "productos", Port: c.Puerto, Database: c.BaseURL, ClientSecret: c.Secreto,
		MetricsAddr: c.DireccionMetricas, MetricsPort: 9001, Peers: map[string]string{"AUTH": c.AuthURL},
	}
}

// Check has the rules about several variables.
func (c configuracion) Check() error { return c.Settings().Check() }
