package main

import (
	"cmp"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/config"
)

// configuracion is what the environment says. README.md has it as a table.
type configuracion struct {
	config.Common
	Puerto        uint16        `env:"PEDIDOS_PORT" envDefault:"8003"`
	BaseURL       string        `env:"PEDIDOS_DB_URL"`
	AuthURL       string        `env:"AUTH_SERVICE_URL" envDefault:"http://localhost:8000"`
	Emisor        string        `env:"AUTH_ISSUER"`
	ProductosURL  string        `env:"PRODUCTOS_SERVICE_URL" envDefault:"http://localhost:8001"`
	InventarioURL string        `env:"INVENTARIO_SERVICE_URL" envDefault:"http://localhost:8002"`
	Secreto       config.Secret `env:"PEDIDOS_CLIENT_SECRET"`
	ExpiraMinutos uint32        `env:"PEDIDO_EXPIRA_MINUTOS" envDefault:"1440"`
}

func (c configuracion) direccion() string {
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Puerto)))
}

// emisor is the `iss` that tokens must have.
func (c configuracion) emisor() string { return cmp.Or(c.Emisor, c.AuthURL) }

func (c configuracion) auth(path string) string { return strings.TrimRight(c.AuthURL, "/") + path }

// expira is the life of an order that nobody completes; 0 = for ever.
func (c configuracion) expira() time.Duration { return time.Duration(c.ExpiraMinutos) * time.Minute }
