package inventario_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/archtest"
)
