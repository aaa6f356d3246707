package productos_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/archtest"
)

func TestArquitectura(t *testing.T) {
	t.Parallel()
	archtest.Check(t, archtest.Service("productos")...)
}
