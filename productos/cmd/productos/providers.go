package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
)

// abrirBase opens the database and brings its schema up to date.
func abrirBase(ctx context.Context, cfg configuracion, log *slog.Logger) (*database.DB, func(), error) {
	options := database.Options{MaxConns: cfg.MaxConns(), Unprepared: !cfg.Prepare, Log: log}
	db, cerrar, err := database.OpenMigrated(ctx, cfg.DatabaseURL(cfg.BaseURL, "productos"), options, bunstore.Migrations())
	if err != nil {
		return nil, nil, fmt.Errorf("PRODUCTOS_DB_URL: %w", err)
	}
	err = database.RetryStep(ctx, log, func(ctx context.Context) error { return bunstore.New(db).Identificar(ctx, log) })
	if err != nil {
		cerrar()
		return nil, nil, fmt.Errorf("PRODUCTOS_DB_URL: %w", err)
	}
	return db, cerrar, nil
}

func reloj() func() time.Time { return time.Now }

// claves are auth's public keys. They are fetched when a token first needs them and kept across restarts, so that the catalogue
// can start and be read while auth is down.
func claves(cfg configuracion, log *slog.Logger) *authn.RemoteKeys {
	return authn.NewRemoteKeys(authn.RemoteKeysOptions{
		URL:       cfg.auth("/.well-known/jwks.json"),
		CachePath: filepath.Join(cfg.DataDir, "productos-jwks.json"),
		Log:       log,
	})
}

func secreto(cfg configuracion) (config.Secret, error) {
	return cfg.Secret("PRODUCTOS_CLIENT_SECRET", cfg.Secreto, minSecreto)
}

// revocaciones are read from auth with this service's own token, and kept across restarts.
func revocaciones(cfg configuracion, secreto config.Secret, claves *authn.RemoteKeys, log *slog.Logger) *authn.Revocations {
	tokens := httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
		TokenURL: cfg.auth("/token"), ClientID: "productos", Secret: secreto, Audience: "auth", Scope: "revocaciones:leer",
	})
	return authn.NewRevocations(authn.RevocationsOptions{
		Fetch: authn.FetchFrom(cfg.auth("/revocaciones"), tokens), CachePath: filepath.Join(cfg.DataDir, "productos-revocaciones.json"),
		Keys: claves, Log: log,
	})
}

func verificador(cfg configuracion, claves *authn.RemoteKeys, r *authn.Revocations) *authn.Verifier {
	return authn.NewVerifier(authn.VerifierOptions{Issuer: cfg.emisor(), Service: "productos", Keys: claves, Revoked: r.Revoked})
}

func opciones(
	cfg configuracion, log *slog.Logger, auth httpserver.Authenticator, db *database.DB, claves *authn.RemoteKeys,
	terminados *authn.Revocations, repetidas *keystore.Store,
) httpserver.Options {
	return httpserver.Options{
		Log: log, Auth: auth, MetricsAddr: cfg.metricas(), Revocations: terminados, SharedAge: cfg.cache(), Keys: repetidas,
		Database: db.Collector("productos"),
		Ready: []httpserver.Check{
			{Name: "base de datos", Run: db.Ready},
			{Name: "claves de auth", Run: claves.Ready},
		},
	}.Configured(cfg.Common)
}

// programa is what main runs: the HTTP server, the removal of old Idempotency-Keys and the polling of revocations. They stop
// together.
type programa struct {
	servidor     *httpserver.Server
	repetidas    *keystore.Store
	revocaciones *authn.Revocations
}
