package productos_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/archtest"
)

const (
	servicio = "github.com/tienda-go/tienda/productos/"
	kit      = "github.com/tienda-go/tienda/kit/"
)

// domain ← ports ← app ← adapters/httpapi; bunstore sees domain and ports; only cmd sees everything.
func TestArquitectura(t *testing.T) {
	t.Parallel()
	archtest.Check(t,
		archtest.Rule{In: "domain", MayImport: []string{kit + "fault", kit + "money", kit + "text"}},
		archtest.Rule{In: "ports", MayImport: []string{servicio + "domain", kit + "idempotency"}},
		archtest.Rule{In: "app", MayImport: []string{servicio + "domain", servicio + "ports", kit + "authn", kit + "fault", kit + "idempotency"}},
		archtest.Rule{In: "adapters/httpapi", MayImport: []string{
			servicio + "domain", servicio + "app", kit + "fault", kit + "money", kit + "httpserver", kit + "authn", "github.com/danielgtaylor/huma/v2",
		}},
		archtest.Rule{In: "adapters/bunstore", MayImport: []string{
			servicio + "domain", servicio + "ports", kit + "database", kit + "fault", kit + "idempotency", kit + "money", "github.com/uptrace/bun",
		}},
		archtest.Only("github.com/google/wire", "cmd/productos"),
		archtest.Only("github.com/stretchr/testify", "ports/portstest"),
		archtest.Rule{In: "./...", MustNotImport: []string{
			"github.com/tienda-go/tienda/auth", "github.com/tienda-go/tienda/inventario", "github.com/tienda-go/tienda/pedidos",
		}},
	)
}
