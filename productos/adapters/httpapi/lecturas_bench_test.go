package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/productos/adapters/httpapi"
	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

// BenchmarkLecturas measures what reads cost from the request's bytes to those of its answer, without a socket: with a catalogue
// in memory, which is the cost of the edge and of the encoding, and with SQLite.
func BenchmarkLecturas(b *testing.B) {
	log := logging.New(io.Discard, "productos", nil, nil)
	options := httpserver.Options{Log: log, SharedAge: 5 * time.Second, PerMinute: 1 << 40}
	lite := abrirTienda(b, options)
	memoria := &enMemoria{}
	for i := range 101 {
		nuevo, err := domain.NewProducto(domain.Ficha{
			Nombre: fmt.Sprintf("Taza %d", i), Descripcion: "De barro cocido", Precio: 1995, Moneda: "EUR", SKU: fmt.Sprintf("TAZA-%d", i),
			Estado: domain.Activo,
		}, time.Date(2026, 1, 2, 3, 4, 5, 600700000, time.UTC))
		require.NoError(b, err)
		guardado, err := lite.repositorio.Crear(b.Context(), idempotency.Key{}, nuevo)
		require.NoError(b, err)
		memoria.productos = append(memoria.productos, guardado)
	}
	servicio := app.New(app.Dependencias{Productos: memoria, Catalogo: memoria, Reloj: time.Now})
	for nombre, servidor := range map[string]*httpserver.Server{"memoria": httpapi.New(options, servicio), "sqlite": lite.servidor} {
		for _, ruta := range []string{"/productos/7", "/productos?limite=100"} {
			b.Run(nombre+ruta, func(b *testing.B) {
				b.ReportAllocs()
				servidor.App().Handler() // builds the tree of routes, as Listen does
				linea := &linea{
					peticion: []byte("GET " + ruta + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n\r\n"), otra: b.Loop, tirar: true,
				}
				require.NoError(b, servidor.App().Server().ServeConn(linea))
			})
		}
	}
}

// enMemoria is a catalogue of products that do not change. The methods that no read calls panic.
type enMemoria struct {
	ports.Repositorio
	ports.Catalogo
	productos []*domain.Producto
}

func (m *enMemoria) Obtener(_ context.Context, id int64) (*domain.Producto, error) {
	return m.productos[id-1], nil
}

func (m *enMemoria) Buscar(_ context.Context, b ports.Busqueda) ([]*domain.Producto, error) {
	return m.productos[b.DespuesDe:][:b.Limite], nil
}
