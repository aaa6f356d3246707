// Package launcher builds the four services and runs them together on one machine: what `make run` does.
//
// It follows the same environment as the services (ports, addresses, databases, DATA_DIR, .env) and adds what only the program
// that starts all of them can know: each other's addresses and the demo's admin.
package launcher

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tienda-go/tienda/kit/config"
)

// Names are the services, those that others need first.
func Names() []string { return []string{"auth", "productos", "inventario", "pedidos"} }

// Service is where one service runs.
type Service struct {
	Name    string
	Address string // host:port that it listens on
	URL     string // how others reach it
}

// Admin is the administrator who fills the shop in the demo.
type Admin struct {
	Username, Email, Password string
	KeptIn                    string // file that has the password; "" when the environment gave it
}

// Plan is a shop as the environment describes it.
type Plan struct {
	Root     string // of the repository
	Services []Service
	Admin    Admin
	data     string
}

type settings struct {
	config.Common
	AuthPort       uint16        `env:"AUTH_PORT" envDefault:"8000"`
	ProductosPort  uint16        `env:"PRODUCTOS_PORT" envDefault:"8001"`
	InventarioPort uint16        `env:"INVENTARIO_PORT" envDefault:"8002"`
	PedidosPort    uint16        `env:"PEDIDOS_PORT" envDefault:"8003"`
	AuthURL        string        `env:"AUTH_SERVICE_URL"`
	ProductosURL   string        `env:"PRODUCTOS_SERVICE_URL"`
	InventarioURL  string        `env:"INVENTARIO_SERVICE_URL"`
	PedidosURL     string        `env:"PEDIDOS_SERVICE_URL"`
	AdminUsername  string        `env:"ADMIN_USERNAME" envDefault:"admin"`
	AdminEmail     string        `env:"ADMIN_EMAIL" envDefault:"admin@tienda.example"`
	AdminPassword  config.Secret `env:"ADMIN_PASSWORD"`
}

// adminFile is the name under which the generated password of the demo's admin is kept in DATA_DIR.
const adminFile = "DEMO_ADMIN_PASSWORD"

// Load reads the plan from the environment and the .env of the repository, which becomes the working directory.
func Load() (*Plan, error) {
	root, err := enterRoot()
	if err != nil {
		return nil, err
	}
	s, err := config.Load[settings]()
	if err != nil {
		return nil, err
	}
	data, err := filepath.Abs(s.DataDir)
	if err != nil {
		return nil, err
	}
	p := &Plan{Root: root, data: data, Services: []Service{
		service("auth", s.Host, s.AuthPort, s.AuthURL),
		service("productos", s.Host, s.ProductosPort, s.ProductosURL),
		service("inventario", s.Host, s.InventarioPort, s.InventarioURL),
		service("pedidos", s.Host, s.PedidosPort, s.PedidosURL),
	}}
	p.Admin = Admin{Username: s.AdminUsername, Email: s.AdminEmail, Password: s.AdminPassword.Reveal()}
	if p.Admin.Password == "" && !s.Production() {
		password, err := s.Secret(adminFile, "", nil)
		if err != nil {
			return nil, err
		}
		p.Admin.Password, p.Admin.KeptIn = password.Reveal(), filepath.Join(s.DataDir, "demo_admin_password")
	}
	return p, nil
}

func service(name, host string, port uint16, url string) Service {
	number := strconv.Itoa(int(port))
	reachable := host
	if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		reachable = "localhost"
	}
	return Service{
		Name:    name,
		Address: net.JoinHostPort(host, number),
		URL:     cmp.Or(url, "http://"+net.JoinHostPort(reachable, number)),
	}
}

// enterRoot makes the repository the working directory, where its .env is read.
func enterRoot() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	return root, os.Chdir(root)
}

// Root is the root of the repository: the working directory, or the one above it, that has go.work.
func Root() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.work")); missing == nil {
			return dir, nil
		}
	}
	return "", cmp.Or(err, errors.New("this is not the repository of the shop: no go.work here or above"))
}

// URL is the address of a service.
func (p *Plan) URL(name string) string {
	for _, s := range p.Services {
		if s.Name == name {
			return s.URL
		}
	}
	return ""
}

// environment is what every service of the plan runs with.
func (p *Plan) environment() []string {
	env := append(os.Environ(), "DATA_DIR="+p.data)
	for _, s := range p.Services {
		env = append(env, variable(s.Name, "SERVICE_URL")+"="+s.URL)
	}
	if p.Admin.Password != "" {
		env = append(env, "ADMIN_USERNAME="+p.Admin.Username, "ADMIN_EMAIL="+p.Admin.Email, "ADMIN_PASSWORD="+p.Admin.Password)
	}
	return env
}

// CheckPorts names every port that something else holds.
func (p *Plan) CheckPorts() error {
	var problems []error
	seen := map[string]string{}
	for _, s := range p.Services {
		if other := seen[s.Address]; other != "" {
			problems = append(problems, fmt.Errorf("%s and %s have the same address %s: change %s", other, s.Name, s.Address,
				variable(s.Name, "PORT")))
			continue
		}
		seen[s.Address] = s.Name
		listener, err := net.Listen("tcp", s.Address)
		if err != nil {
			_, port, _ := net.SplitHostPort(s.Address)
			problems = append(problems, fmt.Errorf(
				"port %s, which %s needs, cannot be used (%w): stop what holds it, or set %s to another",
				port, s.Name, cause(err), variable(s.Name, "PORT")))
			continue
		}
		_ = listener.Close()
	}
	return errors.Join(problems...)
}

// cause is the innermost error: "address already in use" without the address, which the sentence around it has.
func cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

// variable is the name that the environment has for something of a service.
func variable(service, what string) string { return strings.ToUpper(service) + "_" + what }
