package launcher

import (
	"strconv"
	"strings"

	"github.com/tienda-go/tienda/kit/config"
)

// docker is what `make up` keeps in the .env of the repository about its shop.
type docker struct {
	AuthPort       string        `env:"TIENDA_AUTH_PORT" envDefault:"8000"`
	ProductosPort  string        `env:"TIENDA_PRODUCTOS_PORT" envDefault:"8001"`
	InventarioPort string        `env:"TIENDA_INVENTARIO_PORT" envDefault:"8002"`
	PedidosPort    string        `env:"TIENDA_PEDIDOS_PORT" envDefault:"8003"`
	AdminUsername  string        `env:"TIENDA_ADMIN_USERNAME"`
	AdminPassword  config.Secret `env:"TIENDA_ADMIN_PASSWORD"`
}

// LoadDocker reads the plan of the shop that `make up` runs, nil where `make up` never ran. The repository becomes the working
// directory.
func LoadDocker() (*Plan, error) {
	root, err := enterRoot()
	if err != nil {
		return nil, err
	}
	d, err := config.Load[docker]()
	if err != nil || d.AdminPassword == "" {
		return nil, err
	}
	p := &Plan{Root: root, Admin: Admin{Username: d.AdminUsername, Password: d.AdminPassword.Reveal()}}
	for i, port := range []string{d.AuthPort, d.ProductosPort, d.InventarioPort, d.PedidosPort} {
		first, _, _ := strings.Cut(port, "-") // a range has a port for each instance
		number, err := strconv.ParseUint(first, 10, 16)
		if err != nil {
			return nil, config.Wrong("TIENDA_"+variable(Names()[i], "PORT"), "must be a port, or a range of them: 8003-8004")
		}
		p.Services = append(p.Services, service(Names()[i], "127.0.0.1", uint16(number), ""))
	}
	return p, nil
}
