//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"

	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
	"github.com/tienda-go/tienda/productos/adapters/httpapi"
	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/ports"
)

// inicializar builds the service; the returned function closes what inicializar opened.
func inicializar(ctx context.Context, cfg configuracion, log *slog.Logger) (*service.Running, func(), error) {
	wire.Build(
		ajustes,
		bunstore.Migrations,
		pasos,
		service.OpenDatabase,
		service.NewTracer,
		bunstore.New,
		wire.Bind(new(ports.Repositorio), new(*bunstore.Repositorio)),
		wire.Bind(new(ports.Catalogo), new(*bunstore.Repositorio)),
		keystore.New,
		service.Clock,
		wire.Struct(new(app.Dependencias), "*"),
		app.New,
		service.NewAuth,
		opciones,
		httpapi.New,
		proceso,
	)
	return nil, nil, nil
}
