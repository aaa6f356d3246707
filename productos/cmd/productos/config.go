package main

import (
	"cmp"
	"net"
	"strconv"
	"strings"

	"github.com/tienda-go/tienda/kit/config"
)

// configuracion is what the environment says. README.md has it as a table.
type configuracion struct {
	config.Common
	Puerto     uint16        `env:"PRODUCTOS_PORT" envDefault:"8001"`
	PuertoAuth uint16        `env:"AUTH_PORT" envDefault:"8000"` // where auth is, if its address is not said
	BaseURL    string        `env:"PRODUCTOS_DB_URL"`
	AuthURL    string        `env:"AUTH_SERVICE_URL,expand" envDefault:"http://localhost:${AUTH_PORT}"`
	Secreto    config.Secret `env:"PRODUCTOS_CLIENT_SECRET"`
	Emisor     string        `env:"AUTH_ISSUER"`
}

func (c configuracion) direccion() string {
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Puerto)))
}

// emisor is the `iss` that tokens must have.
func (c configuracion) emisor() string { return cmp.Or(c.Emisor, c.AuthURL) }

func (c configuracion) auth(path string) string { return strings.TrimRight(c.AuthURL, "/") + path }
