package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/tienda-go/tienda/inventario/adapters/bunstore"
	"github.com/tienda-go/tienda/inventario/adapters/productos"
	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/resilience"
)

// abrirBase opens the database and brings its schema up to date.
func abrirBase(ctx context.Context, cfg configuracion, log *slog.Logger) (*database.DB, func(), error) {
	options := database.Options{MaxConns: cfg.MaxConns(), Unprepared: !cfg.Prepare, Log: log}
	db, cerrar, err := database.OpenMigrated(ctx, cfg.DatabaseURL(cfg.BaseURL, "inventario"), options, bunstore.Migrations())
	if err != nil {
		return nil, nil, fmt.Errorf("INVENTARIO_DB_URL: %w", err)
	}
	return db, cerrar, nil
}

func reloj() func() time.Time { return time.Now }

// vecino is the policy of the only service that is called.
func vecino(log *slog.Logger) *resilience.Policy {
	return resilience.New(resilience.Options{Peer: "productos", Log: log})
}

// catalogo reads productos with this service's own token: visitors share the allowance of their address.
func catalogo(cfg configuracion, politica *resilience.Policy, secreto config.Secret, reloj func() time.Time) *productos.Cliente {
	return productos.New(httpclient.New(httpclient.Options{
		Peer: "productos", BaseURL: cfg.ProductosURL, Policy: politica,
		Tokens: httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
			TokenURL: cfg.auth("/token"), ClientID: "inventario", Secret: secreto, Audience: "productos", Scope: "productos:leer",
		}),
	}), reloj)
}

// claves are auth's public keys. They are fetched when a token first needs them and kept across restarts.
func claves(cfg configuracion, log *slog.Logger) *authn.RemoteKeys {
	return authn.NewRemoteKeys(authn.RemoteKeysOptions{
		URL:       cfg.auth("/.well-known/jwks.json"),
		CachePath: filepath.Join(cfg.DataDir, "inventario-jwks.json"),
		Log:       log,
	})
}

func secreto(cfg configuracion) (config.Secret, error) {
	return cfg.Secret("INVENTARIO_CLIENT_SECRET", cfg.Secreto, minSecreto)
}

// revocaciones are read from auth with this service's own token, and kept across restarts.
func revocaciones(cfg configuracion, secreto config.Secret, claves *authn.RemoteKeys, log *slog.Logger) *authn.Revocations {
	tokens := httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
		TokenURL: cfg.auth("/token"), ClientID: "inventario", Secret: secreto, Audience: "auth", Scope: "revocaciones:leer",
	})
	return authn.NewRevocations(authn.RevocationsOptions{
		Fetch: authn.FetchFrom(cfg.auth("/revocaciones"), tokens), CachePath: filepath.Join(cfg.DataDir, "inventario-revocaciones.json"),
		Keys: claves, Log: log,
	})
}

func verificador(cfg configuracion, claves *authn.RemoteKeys, r *authn.Revocations) *authn.Verifier {
	return authn.NewVerifier(authn.VerifierOptions{Issuer: cfg.emisor(), Service: "inventario", Keys: claves, Revoked: r.Revoked})
}

func opciones(
	cfg configuracion, log *slog.Logger, auth httpserver.Authenticator, db *database.DB, claves *authn.RemoteKeys,
	terminados *authn.Revocations, repetidas *keystore.Store, politica *resilience.Policy,
) httpserver.Options {
	return httpserver.Options{
		Log: log, Auth: auth, MetricsAddr: cfg.metricas(), Revocations: terminados, Keys: repetidas,
		Database: db.Collector("inventario"), Peers: []httpserver.Peer{politica},
		Ready: []httpserver.Check{
			{Name: "base de datos", Run: db.Ready},
			{Name: "claves de auth", Run: claves.Ready},
		},
	}.Configured(cfg.Common)
}

// programa is what main runs: the HTTP side, the verification of the ledger and the reaper of keys, which stop together.
type programa struct {
	servidor     *httpserver.Server
	servicio     *app.Servicio
	repetidas    *keystore.Store
	revocaciones *authn.Revocations
	reservas     *bunstore.Reservas
	libro        *bunstore.Libro
}
