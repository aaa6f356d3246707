//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"

	"github.com/tienda-go/tienda/inventario/adapters/bunstore"
	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
	"github.com/tienda-go/tienda/inventario/adapters/productos"
	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
)

// inicializar builds the service from its parts; the function returned closes what it opened.
func inicializar(ctx context.Context, cfg configuracion, log *slog.Logger) (*programa, func(), error) {
	wire.Build(
		abrirBase,
		bunstore.NewExistencias,
		wire.Bind(new(ports.Existencias), new(*bunstore.Existencias)),
		keystore.New,
		bunstore.NewReservas,
		wire.Bind(new(ports.Reservas), new(*bunstore.Reservas)),
		bunstore.NewDevoluciones,
		wire.Bind(new(ports.Devoluciones), new(*bunstore.Devoluciones)),
		bunstore.NewLibro,
		wire.Bind(new(ports.Libro), new(*bunstore.Libro)),
		wire.Bind(new(ports.Verificaciones), new(*bunstore.Libro)),
		vecino,
		catalogo,
		wire.Bind(new(ports.Catalogo), new(*productos.Cliente)),
		reloj,
		wire.Struct(new(app.Dependencias), "*"),
		app.New,
		claves,
		secreto,
		revocaciones,
		verificador,
		wire.Bind(new(httpserver.Authenticator), new(*authn.Verifier)),
		opciones,
		httpapi.New,
		wire.Struct(new(programa), "*"),
	)
	return nil, nil, nil
}
