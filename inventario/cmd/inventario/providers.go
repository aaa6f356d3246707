package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/resilience"
	"github.com/tienda-go/tienda/kit/service"
	"github.com/tienda-go/tienda/kit/telemetry"

	"github.com/tienda-go/tienda/inventario/adapters/bunstore"
	"github.com/tienda-go/tienda/inventario/adapters/productos"
	"github.com/tienda-go/tienda/inventario/app"
)

// verificarCada is how often the ledger is verified in the background.
const verificarCada = 10 * time.Minute

func ajustes(cfg configuracion) service.Settings { return cfg.Settings() }

// politica is the policy of productos, the only service that inventario calls.
func politica(log *slog.Logger) *resilience.Policy {
	return resilience.New(resilience.Options{Peer: "productos", Log: log})
}

// catalogo reads productos with this service's own token: without a token all its requests would share the limit of one address.
func catalogo(cfg configuracion, auth *service.Auth, p *resilience.Policy, reloj func() time.Time) *productos.Catalogo {
	return productos.New(auth.Client(p, cfg.ProductosURL, "productos:leer"), reloj)
}

func opciones(
	s service.Settings, log *slog.Logger, trazas *telemetry.Tracer, db *database.DB, auth *service.Auth, repetidas *keystore.Store,
	p *resilience.Policy,
) httpserver.Options {
	o := service.Options(s, log, trazas, db, auth)
	o.Keys, o.Peers = repetidas, []httpserver.Peer{p}
	return o
}

// proceso is what runs.
func proceso(
	servidor *httpserver.Server, auth *service.Auth, servicio *app.Servicio, repetidas *keystore.Store,
	reservas *bunstore.Reservas, libro *bunstore.Libro, log *slog.Logger,
) *service.Running {
	return &service.Running{
		Server: servidor, Auth: auth,
		Jobs: []service.Job{
			service.Removal("idempotency keys", log, repetidas.RemoveOld),
			service.Removal("results of verifications", log, libro.LimpiarVerificaciones),
			service.Removal("reservations closed unused", log, reservas.LimpiarCerradas),
		},
		Tasks: []func(ctx context.Context){
			func(ctx context.Context) { servicio.Vigilar(ctx, verificarCada, log) },
			func(ctx context.Context) { servicio.Repasar(ctx, log) },
		},
	}
}
