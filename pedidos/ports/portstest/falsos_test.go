package portstest_test

import (
	"testing"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func TestCatalogoFalso(t *testing.T) {
	portstest.CatalogoSuite(t, func(_ *testing.T, articulos ...domain.Articulo) ports.Catalogo {
		return portstest.NewCatalogoFalso(articulos...)
	})
}

func TestReservasFalsas(t *testing.T) {
	portstest.ReservasSuite(t, func(_ *testing.T, libres map[int64]int64) ports.Reservas {
		return portstest.NewReservasFalsas(libres)
	})
}
