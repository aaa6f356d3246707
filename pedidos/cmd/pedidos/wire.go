//go:build wireinject

package main

import (
	"context"
	"log/slog"

	"github.com/google/wire"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/pedidos/adapters/archivos"
	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/adapters/httpapi"
	"github.com/tienda-go/tienda/pedidos/adapters/inventario"
	"github.com/tienda-go/tienda/pedidos/adapters/productos"
	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// inicializar builds the service; the returned function closes what inicializar opened.
func inicializar(ctx context.Context, cfg configuracion, log *slog.Logger) (*service.Running, func(), error) {
	wire.Build(
		ajustes,
		bunstore.Migrations,
		wire.Value([]database.Step(nil)), // no rows to bring up to date
		service.OpenDatabase,
		service.NewTracer,
		bunstore.New,
		bunstore.NewDevoluciones,
		abandonados,
		wire.Bind(new(ports.Abandonados), new(*archivos.Abandonados)),
		keystore.New,
		service.NewAuth,
		nuevasPoliticas,
		catalogo,
		wire.Bind(new(ports.Catalogo), new(*productos.Catalogo)),
		reservas,
		wire.Bind(new(ports.Reservas), new(*inventario.Reservas)),
		service.Clock,
		dependencias,
		app.New,
		opciones,
		httpapi.New,
		proceso,
	)
	return nil, nil, nil
}
