package inventario_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/archtest"
)

func TestArquitectura(t *testing.T) {
	t.Parallel()
	archtest.Check(t, archtest.Service("inventario",
		archtest.Only("github.com/prometheus/client_golang", "adapters/httpapi"),
		archtest.Only("pgregory.net/rapid", "ports/portstest"),
	)...)
}
