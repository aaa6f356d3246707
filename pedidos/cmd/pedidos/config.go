package main

import (
	"cmp"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// configuracion is what the environment says. README.md has it as a table.
type configuracion struct {
	config.Common
	Puerto            uint16             `env:"PEDIDOS_PORT" envDefault:"8003"`
	PuertoInventario  uint16             `env:"INVENTARIO_PORT" envDefault:"8002"` // where inventario is, if its address is not said
	PuertoProductos   uint16             `env:"PRODUCTOS_PORT" envDefault:"8001"`  // where productos is, if its address is not said
	PuertoAuth        uint16             `env:"AUTH_PORT" envDefault:"8000"`       // where auth is, if its address is not said
	DireccionMetricas config.MetricsAddr `env:"PEDIDOS_METRICS_ADDR"`
	BaseURL           string             `env:"PEDIDOS_DB_URL"`
	AuthURL           string             `env:"AUTH_SERVICE_URL,expand" envDefault:"http://localhost:${AUTH_PORT}"`
	Emisor            string             `env:"AUTH_ISSUER"`
	ProductosURL      string             `env:"PRODUCTOS_SERVICE_URL,expand" envDefault:"http://localhost:${PRODUCTOS_PORT}"`
	InventarioURL     string             `env:"INVENTARIO_SERVICE_URL,expand" envDefault:"http://localhost:${INVENTARIO_PORT}"`
	Secreto           config.Secret      `env:"PEDIDOS_CLIENT_SECRET"`
	ExpiraMinutos     uint32             `env:"PEDIDO_EXPIRA_MINUTOS" envDefault:"1440"`
	MaxAbiertos       *uint16            `env:"PEDIDOS_ABIERTOS_MAX"`   // 0 = any number; unset: 0 in development, 50 in production
	MaxUnidades       *uint32            `env:"PEDIDO_UNIDADES_MAX"`    // 0 = any number; unset: 0 in development, 100 in production
	MaxRechazos       *uint16            `env:"PEDIDOS_RECHAZADOS_DIA"` // 0 = any number; unset: 0 in development, 1000 in production
}

const minSecreto = 32 // bytes

func (c configuracion) direccion() string {
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Puerto)))
}

// metricas is where the metrics are shown; "" = on the service's own port.
func (c configuracion) metricas() string { return c.Metrics(c.DireccionMetricas, 9003) }

// emisor is the `iss` that tokens must have.
func (c configuracion) emisor() string { return cmp.Or(c.Emisor, c.AuthURL) }

func (c configuracion) auth(path string) string { return strings.TrimRight(c.AuthURL, "/") + path }

// expira is the life of an order that is not completed; 0 = for ever.
func (c configuracion) expira() time.Duration { return time.Duration(c.ExpiraMinutos) * time.Minute }

// topes are what one customer may have; 0 = any number.
func (c configuracion) topes() domain.Topes {
	return domain.Topes{
		Abiertos: int(enProduccion(c, c.MaxAbiertos, 50)),
		Unidades: int64(enProduccion(c, c.MaxUnidades, 100)),
		Rechazos: int(enProduccion(c, c.MaxRechazos, 1000)),
	}
}

// enProduccion is what was said or, where nothing was, no limit in development and valor in production.
func enProduccion[N uint16 | uint32](c configuracion, dicho *N, valor N) N {
	switch {
	case dicho != nil:
		return *dicho
	case c.Production():
		return valor
	default:
		return 0
	}
}

// Check is what no single variable can tell.
func (c configuracion) Check() error {
	errs := []error{
		config.CheckSecret("PEDIDOS_CLIENT_SECRET", c.Secreto, minSecreto),
		c.CheckPlace(config.Place{
			Service: "PEDIDOS", Port: c.Puerto, Metrics: c.metricas(),
			Peers: map[string]string{"AUTH": c.AuthURL, "PRODUCTOS": c.ProductosURL, "INVENTARIO": c.InventarioURL},
		}),
	}
	if err := database.CheckURL(c.DatabaseURL(c.BaseURL, "pedidos")); err != nil {
		errs = append(errs, config.Wrong("PEDIDOS_DB_URL", err.Error()))
	}
	return config.Join(errs...)
}
