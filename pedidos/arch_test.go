package pedidos_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/archtest"
)

const (
	servicio = "github.com/tienda-go/tienda/pedidos/"
	kit      = "github.com/tienda-go/tienda/kit/"
)

// The direction of dependencies, as docs/architecture.md draws it.
func TestArquitectura(t *testing.T) {
	t.Parallel()
	archtest.Check(t,
		archtest.Rule{In: "domain", MayImport: []string{kit + "fault", kit + "money"}},
		archtest.Rule{In: "ports", MayImport: []string{servicio + "domain", kit + "idempotency"}},
		archtest.Rule{In: "app", MayImport: []string{servicio + "domain", servicio + "ports", kit + "fault", kit + "idempotency"}},
		archtest.Rule{In: "adapters/httpapi", MustNotImport: []string{servicio + "adapters"}},
		archtest.Rule{In: "adapters/bunstore", MustNotImport: []string{servicio + "app", servicio + "adapters"}},
		archtest.Rule{In: "adapters/productos", MustNotImport: []string{servicio + "app", servicio + "adapters"}},
		archtest.Rule{In: "adapters/inventario", MustNotImport: []string{servicio + "app", servicio + "adapters"}},
		archtest.Only("github.com/uptrace/bun", "adapters/bunstore"),
		archtest.Only("github.com/danielgtaylor/huma/v2", "adapters/httpapi"),
		archtest.Only("github.com/prometheus/client_golang", "adapters/httpapi"),
		archtest.Only("github.com/google/wire", "cmd/pedidos"),
		archtest.Only("github.com/stretchr/testify", "ports/portstest"),
	)
}
