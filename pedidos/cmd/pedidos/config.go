package main

import (
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// configuracion is read from the environment. README.md has it as a table.
type configuracion struct {
	service.Config
	Puerto            uint16             `env:"PEDIDOS_PORT" envDefault:"8003"`
	DireccionMetricas config.MetricsAddr `env:"PEDIDOS_METRICS_ADDR"`
	BaseURL           string             `env:"PEDIDOS_DB_URL"`
	Secreto           config.Secret      `env:"PEDIDOS_CLIENT_SECRET"`
	PuertoProductos   uint16             `env:"PRODUCTOS_PORT" envDefault:"8001"`  // on this machine, when its address is not set
	PuertoInventario  uint16             `env:"INVENTARIO_PORT" envDefault:"8002"` // see PuertoProductos
	ProductosURL      string             `env:"PRODUCTOS_SERVICE_URL,expand" envDefault:"http://localhost:${PRODUCTOS_PORT}"`
	InventarioURL     string             `env:"INVENTARIO_SERVICE_URL,expand" envDefault:"http://localhost:${INVENTARIO_PORT}"`
	ExpiraMinutos     uint32             `env:"PEDIDO_EXPIRA_MINUTOS" envDefault:"1440"`
	MaxAbiertos       *uint16            `env:"PEDIDOS_ABIERTOS_MAX"` // 0 = any number; unset: 0 in development, 50 in production
	MaxUnidades       *uint32            `env:"PEDIDO_UNIDADES_MAX"`  // 0 = any number; unset: 0 in development, 100 in production
	// 0 = any number; unset: 0 in development, 1000 in production
	MaxRechazos *uint16 `env:"PEDIDOS_RECHAZADOS_DIA"`
}

// Settings implements service.Configuration.
func (c configuracion) Settings() service.Settings {
	return service.Settings{
		Config: c.Config, Service: "pedidos", Port: c.Puerto, Database: c.BaseURL, ClientSecret: c.Secreto,
		MetricsAddr: c.DireccionMetricas, MetricsPort: 9003,
		Peers: map[string]string{"AUTH": c.AuthURL, "PRODUCTOS": c.ProductosURL, "INVENTARIO": c.InventarioURL},
	}
}

// Check has the rules about several variables.
func (c configuracion) Check() error { return c.Settings().Check() }

// expira is the life of an order that is not completed; 0 = for ever.
func (c configuracion) expira() time.Duration { return time.Duration(c.ExpiraMinutos) * time.Minute }

// topes are what one customer may have; 0 = any number.
func (c configuracion) topes() domain.Topes {
	return domain.Topes{
		Abiertos: config.Limit(c.Common, c.MaxAbiertos, 50),
		Unidades: int64(config.Limit(c.Common, c.MaxUnidades, 100)),
		Rechazos: config.Limit(c.Common, c.MaxRechazos, 1000),
	}
}
