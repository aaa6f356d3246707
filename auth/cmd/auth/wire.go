//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"

	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/auth/adapters/argon"
	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/adapters/firma"
	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/ports"
)

// inicializar builds the service; the returned function closes what inicializar opened.
func inicializar(ctx context.Context, cfg configuracion, log *slog.Logger) (*programa, func(), error) {
	wire.Build(
		ajustes,
		nuevosSecretos,
		bunstore.Migrations,
		pasos,
		service.OpenDatabase,
		service.NewTracer,
		bunstore.New,
		wire.Bind(new(ports.Claves), new(*bunstore.Almacen)),
		service.Clock,
		llavero,
		wire.Bind(new(ports.Firmador), new(*firma.Llavero)),
		wire.Bind(new(ports.Llaves), new(*firma.Llavero)),
		wire.Value(argon.Actuales),
		argon.New,
		wire.Bind(new(ports.Contrasenas), new(*argon.Contrasenas)),
		dependencias,
		app.New,
		emisor,
		autenticacion,
		service.Options,
		httpapi.New,
		proceso,
		wire.Struct(new(programa), "*"),
	)
	return nil, nil, nil
}
