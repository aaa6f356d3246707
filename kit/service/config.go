package service

import (
	"cmp"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
)

// Config has the variables that every service reads under the same names; embed it.
type Config struct {
	config.Common
	AuthPort uint16 `env:"AUTH_PORT" envDefault:"8000"` // of auth on this machine, when its address is not set
	AuthURL  string `env:"AUTH_SERVICE_URL,expand" envDefault:"http://localhost:${AUTH_PORT}"`
	Issuer   string `env:"AUTH_ISSUER"`
}

// TokenIssuer is the `iss` of tokens: AUTH_ISSUER or, when that is not set, auth's address.
func (c Config) TokenIssuer() string { return cmp.Or(c.Issuer, c.AuthURL) }

func (c Config) auth(path string) string { return strings.TrimRight(c.AuthURL, "/") + path }

// Settings are Config and the variables that begin with the service's name.
type Settings struct {
	Config
	Service      string             // its name at auth, in logs and metrics; in capitals, how its variables begin
	Port         uint16             // …_PORT
	Database     string             // …_DB_URL; "" = a SQLite file in DataDir
	ClientSecret config.Secret      // …_CLIENT_SECRET, for its own tokens; auth needs none
	MetricsAddr  config.MetricsAddr // …_METRICS_ADDR
	MetricsPort  uint16             // where production serves metrics when MetricsAddr is not set
	Peers        map[string]string  // addresses of the services that it calls, by how their variables begin
}

// Configuration is a service's configuration.
type Configuration interface{ Settings() Settings }

// Check has the rules about several variables, for the service's own Check.
func (s Settings) Check() error {
	errs := []error{
		config.CheckSecret(s.variable("CLIENT_SECRET"), s.ClientSecret),
		s.CheckAddresses(strings.ToUpper(s.Service), s.Port, s.metrics(), s.Peers),
	}
	generates := len(s.Peers) > 0 && s.ClientSecret == "" && !s.Production()
	if s.Database == "" || generates {
		errs = append(errs, s.CheckDataDir())
	}
	if err := database.CheckURL(s.databaseURL()); err != nil {
		errs = append(errs, config.Wrong(s.variable("DB_URL"), err.Error()))
	}
	return config.Join(errs...)
}

// Address is host:port where the service listens.
func (s Settings) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(int(s.Port))) }

// metrics is where the metrics are served; "" = on the service's own port.
func (s Settings) metrics() string { return s.Metrics(s.MetricsAddr, s.MetricsPort) }

// databaseVariable is the variable that says where the database is.
func (s Settings) databaseVariable() string {
	if s.Database == "" {
		return "DATA_DIR"
	}
	return s.variable("DB_URL")
}

func (s Settings) databaseURL() string { return s.DatabaseURL(s.Database, s.Service) }

func (s Settings) variable(name string) string { return strings.ToUpper(s.Service) + "_" + name }

// File is the path of a file of the service in DataDir.
func (s Settings) File(name string) string { return filepath.Join(s.DataDir, s.Service+"-"+name) }
