//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/adapters/httpapi"
	"github.com/tienda-go/tienda/pedidos/adapters/inventario"
	"github.com/tienda-go/tienda/pedidos/adapters/productos"
	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// inicializar builds the service from its parts; the function returned closes what it opened.
func inicializar(ctx context.Context, cfg configuracion, log *slog.Logger) (*programa, func(), error) {
	wire.Build(
		abrirBase,
		bunstore.New,
		bunstore.NewDevoluciones,
		keystore.New,
		nuevosVecinos,
		catalogo,
		wire.Bind(new(ports.Catalogo), new(*productos.Catalogo)),
		secreto,
		reservas,
		wire.Bind(new(ports.Reservas), new(*inventario.Reservas)),
		dependencias,
		app.New,
		claves,
		revocaciones,
		verificador,
		wire.Bind(new(httpserver.Authenticator), new(*authn.Verifier)),
		opciones,
		httpapi.New,
		wire.Struct(new(programa), "*"),
	)
	return nil, nil, nil
}
