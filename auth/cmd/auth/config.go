package main

import (
	"slices"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/auth/domain"
)

// configuracion is read from the environment. README.md has it as a table.
type configuracion struct {
	service.Config
	DireccionMetricas config.MetricsAddr `env:"AUTH_METRICS_ADDR"`
	BaseURL           string             `env:"AUTH_DB_URL"`
	SecretKey         config.Secret      `env:"SECRET_KEY"`
	SecretoProductos  config.Secret      `env:"PRODUCTOS_CLIENT_SECRET"`
	SecretoInventario config.Secret      `env:"INVENTARIO_CLIENT_SECRET"`
	SecretoPedidos    config.Secret      `env:"PEDIDOS_CLIENT_SECRET"`
	MinutosToken      uint16             `env:"ACCESS_TOKEN_EXPIRE_MINUTES" envDefault:"15"`
	MaxRegistros      *uint16            `env:"REGISTROS_DIA_POR_DIRECCION"` // unset: see maxRegistros
	AdminNombre       string             `env:"ADMIN_USERNAME"`
	AdminEmail        string             `env:"ADMIN_EMAIL"`
	AdminContrasena   config.Secret      `env:"ADMIN_PASSWORD"`
}

// Settings implements service.Configuration.
func (c configuracion) Settings() service.Settings {
	return service.Settings{
		Config: c.Config, Service: "auth", Port: c.AuthPort, Database: c.BaseURL, MetricsAddr: c.DireccionMetricas, MetricsPort: 9000,
	}
}

// secretos are the secrets of the configuration: required in production, generated in development.
type secretos struct {
	clave    config.Secret
	clientes map[string]config.Secret
}

// Check has the rules about several variables.
func (c configuracion) Check() error {
	errs := []error{
		config.CheckSecret("SECRET_KEY", c.SecretKey),
		config.CheckSecret("PRODUCTOS_CLIENT_SECRET", c.SecretoProductos),
		config.CheckSecret("INVENTARIO_CLIENT_SECRET", c.SecretoInventario),
		config.CheckSecret("PEDIDOS_CLIENT_SECRET", c.SecretoPedidos),
		c.Settings().Check(),
	}
	generados := slices.Contains([]config.Secret{c.SecretKey, c.SecretoProductos, c.SecretoInventario, c.SecretoPedidos}, "")
	if generados && !c.Production() && c.BaseURL != "" { // without it, Settings has checked the folder
		errs = append(errs, c.CheckDataDir())
	}
	if c.MinutosToken < 1 || c.MinutosToken > 60 {
		errs = append(errs, config.Wrong("ACCESS_TOKEN_EXPIRE_MINUTES",
			"must be from 1 to 60: a token keeps its user's rights for so long; correct it, or unset it to get 15"))
	}
	if c.AdminNombre != "" || c.AdminEmail != "" || c.AdminContrasena != "" {
		for variable, valor := range map[string]string{
			"ADMIN_USERNAME": c.AdminNombre, "ADMIN_EMAIL": c.AdminEmail, "ADMIN_PASSWORD": c.AdminContrasena.Reveal(),
		} {
			if valor == "" {
				errs = append(errs, config.Wrong(variable,
					"is not set; ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD belong together: set all three or none"))
			}
		}
	}
	return config.Join(append(errs, c.checkAdmin())...)
}

// checkAdmin has the rules about the first administrator.
func (c configuracion) checkAdmin() error {
	if c.AdminNombre == "" && c.AdminEmail == "" && c.AdminContrasena == "" {
		return nil
	}
	_, err := c.alta().Normalizada()
	if err == nil {
		return nil
	}
	var errs []error
	for _, campo := range fault.From(err).Fields {
		errs = append(errs, config.Wrong("ADMIN_"+strings.ToUpper(campo.Campo), "cannot be an administrator's: "+enIngles(campo)+
			" Choose another, or unset the three ADMIN_ variables once there is an administrator"))
	}
	return config.Join(errs...)
}

// alta is the registration of the first administrator.
func (c configuracion) alta() domain.Alta {
	return domain.Alta{Nombre: c.AdminNombre, Email: c.AdminEmail, Contrasena: c.AdminContrasena.Reveal(), NombreReservado: true}
}

// nuevosSecretos sets every secret, and returns an error that names all wrong ones.
func nuevosSecretos(c configuracion) (secretos, error) {
	clave, err1 := c.Secret("SECRET_KEY", c.SecretKey)
	productos, err2 := c.Secret("PRODUCTOS_CLIENT_SECRET", c.SecretoProductos)
	inventario, err3 := c.Secret("INVENTARIO_CLIENT_SECRET", c.SecretoInventario)
	pedidos, err4 := c.Secret("PEDIDOS_CLIENT_SECRET", c.SecretoPedidos)
	clientes := map[string]config.Secret{"productos": productos, "inventario": inventario, "pedidos": pedidos}
	return secretos{clave, clientes}, config.Join(err1, err2, err3, err4)
}

func (c configuracion) vidaToken() time.Duration { return time.Duration(c.MinutosToken) * time.Minute }

// maxRegistros is how many accounts one network may open in 24 h; 0 = any number.
func (c configuracion) maxRegistros() int { return config.Limit(c.Common, c.MaxRegistros, 50) }
