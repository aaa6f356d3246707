package portstest_test

import (
	"testing"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func TestCatalogo(t *testing.T) {
	portstest.CatalogoSuite(t, func(_ *testing.T, articulos ...domain.Articulo) ports.Catalogo {
		return portstest.NewCatalogo(articulos...)
	})
}

func TestReservas(t *testing.T) {
	portstest.ReservasSuite(t, func(_ *testing.T, libres map[int64]int64) ports.Reservas { return portstest.NewReservas(libres) })
}
