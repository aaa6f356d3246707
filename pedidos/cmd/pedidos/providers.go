package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/resilience"
	"github.com/tienda-go/tienda/kit/service"
	"github.com/tienda-go/tienda/kit/telemetry"

	"github.com/tienda-go/tienda/pedidos/adapters/archivos"
	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/adapters/inventario"
	"github.com/tienda-go/tienda/pedidos/adapters/productos"
	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/ports"
)

func ajustes(cfg configuracion) service.Settings { return cfg.Settings() }

// politicas are the policies of the services that pedidos calls.
type politicas struct{ productos, inventario *resilience.Policy }

func nuevasPoliticas(log *slog.Logger) politicas {
	return politicas{
		resilience.New(resilience.Options{Peer: "productos", Log: log}),
		resilience.New(resilience.Options{Peer: "inventario", Log: log}),
	}
}

// catalogo reads productos with this service's own token: without a token all its requests would share the limit of one address.
func catalogo(cfg configuracion, auth *service.Auth, p politicas) *productos.Catalogo {
	return productos.New(auth.Client(p.productos, cfg.ProductosURL, "productos:leer"))
}

// reservas calls inventario with this service's own token.
func reservas(cfg configuracion, auth *service.Auth, p politicas) *inventario.Reservas {
	return inventario.New(auth.Client(p.inventario, cfg.InventarioURL, "inventario:reservar"))
}

func abandonados(s service.Settings, log *slog.Logger) *archivos.Abandonados {
	return archivos.NewAbandonados(s.File("abandonados"), log)
}

func dependencias(
	cfg configuracion, log *slog.Logger, p *bunstore.Pedidos, d *bunstore.Devoluciones, a ports.Abandonados, c ports.Catalogo,
	r ports.Reservas, reloj func() time.Time,
) app.Dependencias {
	return app.Dependencias{
		Pedidos: p, Pendientes: p, Devoluciones: d, Reposiciones: d, Abandonados: a, Catalogo: c, Reservas: r, Log: log,
		Expira: cfg.expira(), Topes: cfg.topes(), Reloj: reloj, NuevoID: uuid.NewString,
		Peticion: func(ctx context.Context) string { return logging.RequestFrom(ctx).ID },
	}
}

func opciones(
	s service.Settings, log *slog.Logger, trazas *telemetry.Tracer, db *database.DB, auth *service.Auth, repetidas *keystore.Store,
	p politicas,
) httpserver.Options {
	o := service.Options(s, log, trazas, db, auth)
	o.Keys, o.Peers = repetidas, []httpserver.Peer{p.productos, p.inventario}
	return o
}

// proceso is what runs.
func proceso(
	servidor *httpserver.Server, auth *service.Auth, servicio *app.Servicio, repetidas *keystore.Store, pedidos *bunstore.Pedidos,
	log *slog.Logger,
) *service.Running {
	return &service.Running{
		Server: servidor, Auth: auth,
		Jobs: []service.Job{
			service.Removal("idempotency keys", log, repetidas.RemoveOld),
			service.Removal("refused orders", log, pedidos.LimpiarRechazados),
		},
		Tasks: []func(ctx context.Context){servicio.Reconciliar},
	}
}
