package main

import (
	"cmp"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/tienda-go/tienda/kit/config"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
)

// configuracion is what the environment says. README.md has it as a table.
type configuracion struct {
	config.Common
	Puerto            uint16        `env:"AUTH_PORT" envDefault:"8000"`
	BaseURL           string        `env:"AUTH_DB_URL"`
	AuthURL           string        `env:"AUTH_SERVICE_URL,expand" envDefault:"http://localhost:${AUTH_PORT}"`
	Emisor            string        `env:"AUTH_ISSUER"`
	SecretKey         config.Secret `env:"SECRET_KEY"`
	SecretoProductos  config.Secret `env:"PRODUCTOS_CLIENT_SECRET"`
	SecretoInventario config.Secret `env:"INVENTARIO_CLIENT_SECRET"`
	SecretoPedidos    config.Secret `env:"PEDIDOS_CLIENT_SECRET"`
	MinutosToken      uint16        `env:"ACCESS_TOKEN_EXPIRE_MINUTES" envDefault:"15"`
	MaxRegistros      *uint16       `env:"REGISTROS_DIA_POR_DIRECCION"` // 0 = any number; unset: 0 in development, 50 in production
	AdminNombre       string        `env:"ADMIN_USERNAME"`
	AdminEmail        string        `env:"ADMIN_EMAIL"`
	AdminContrasena   config.Secret `env:"ADMIN_PASSWORD"`
}

const minSecreto = 32 // bytes

func (c configuracion) direccion() string {
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Puerto)))
}

// emisor is the `iss` of tokens.
func (c configuracion) emisor() httpapi.Emisor { return httpapi.Emisor(cmp.Or(c.Emisor, c.AuthURL)) }

// secretos are those that the configuration leaves to settle: demanded in production, generated in development.
type secretos struct {
	clave    config.Secret
	clientes map[string]config.Secret
}

// resolver settles every secret, names all that are wrong, and checks what no single variable can tell.
func (c configuracion) resolver() (secretos, error) {
	s := secretos{clientes: map[string]config.Secret{}}
	var errs []error
	settle := func(name string, value config.Secret) config.Secret {
		secret, err := c.Secret(name, value, minSecreto)
		errs = append(errs, err)
		return secret
	}
	s.clave = settle("SECRET_KEY", c.SecretKey)
	s.clientes["productos"] = settle("PRODUCTOS_CLIENT_SECRET", c.SecretoProductos)
	s.clientes["inventario"] = settle("INVENTARIO_CLIENT_SECRET", c.SecretoInventario)
	s.clientes["pedidos"] = settle("PEDIDOS_CLIENT_SECRET", c.SecretoPedidos)
	if c.MinutosToken < 1 || c.MinutosToken > 60 {
		errs = append(errs, fmt.Errorf("ACCESS_TOKEN_EXPIRE_MINUTES must be from 1 to 60: what was taken from a user lives on for so long"))
	}
	if set := c.AdminNombre != ""; set != (c.AdminEmail != "") || set != (c.AdminContrasena != "") {
		errs = append(errs, fmt.Errorf("ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD belong together: set all three or none"))
	}
	return s, config.Join(errs...)
}

func (c configuracion) vidaToken() time.Duration { return time.Duration(c.MinutosToken) * time.Minute }

// maxRegistros is how many accounts one network may open in 24 h; 0 = any number.
func (c configuracion) maxRegistros() int {
	switch {
	case c.MaxRegistros != nil:
		return int(*c.MaxRegistros)
	case c.Production():
		return 50
	default:
		return 0
	}
}
