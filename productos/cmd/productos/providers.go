package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/service"
	"github.com/tienda-go/tienda/kit/telemetry"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
)

func ajustes(cfg configuracion) service.Settings { return cfg.Settings() }

// pasos bring the rows up to date at the start.
func pasos(log *slog.Logger) []database.Step {
	return []database.Step{func(ctx context.Context, db *database.DB) error { return bunstore.New(db).Identificar(ctx, log) }}
}

func opciones(
	cfg configuracion, log *slog.Logger, trazas *telemetry.Tracer, db *database.DB, auth *service.Auth, repetidas *keystore.Store,
) httpserver.Options {
	o := service.Options(cfg.Settings(), log, trazas, db, auth)
	o.Keys, o.SharedAge = repetidas, time.Duration(cfg.SegundosCache)*time.Second
	return o
}

// proceso is what runs.
func proceso(servidor *httpserver.Server, auth *service.Auth, repetidas *keystore.Store, log *slog.Logger) *service.Running {
	return &service.Running{Server: servidor, Auth: auth, Jobs: []service.Job{
		service.Removal("idempotency keys", log, repetidas.RemoveOld),
	}}
}
