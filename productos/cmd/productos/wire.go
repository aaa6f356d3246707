//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
	"github.com/tienda-go/tienda/productos/adapters/httpapi"
	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/ports"
)

// inicializar builds the service; the returned function closes what inicializar opened.
func inicializar(ctx context.Context, cfg configuracion, log *slog.Logger) (*programa, func(), error) {
	wire.Build(
		abrirBase,
		bunstore.New,
		wire.Bind(new(ports.Repositorio), new(*bunstore.Repositorio)),
		wire.Bind(new(ports.Catalogo), new(*bunstore.Repositorio)),
		keystore.New,
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
