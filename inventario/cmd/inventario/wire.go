//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/inventario/adapters/bunstore"
	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
	"github.com/tienda-go/tienda/inventario/adapters/productos"
	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/ports"
)

// inicializar builds the service; the returned function closes what inicializar opened.
func inicializar(ctx context.Context, cfg configuracion, log *slog.Logger) (*service.Running, func(), error) {
	wire.Build(
		ajustes,
		bunstore.Migrations,
		wire.Value([]database.Step(nil)), // no rows to bring up to date
		service.OpenDatabase,
		service.NewTracer,
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
		service.NewAuth,
		politica,
		catalogo,
		wire.Bind(new(ports.Catalogo), new(*productos.Catalogo)),
		service.Clock,
		wire.Struct(new(app.Dependencias), "*"),
		app.New,
		opciones,
		httpapi.New,
		proceso,
	)
	return nil, nil, nil
}
