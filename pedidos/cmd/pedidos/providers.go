package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/resilience"

	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/adapters/inventario"
	"github.com/tienda-go/tienda/pedidos/adapters/productos"
	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// abrirBase opens the database and brings its schema up to date.
func abrirBase(ctx context.Context, cfg configuracion, log *slog.Logger) (*database.DB, func(), error) {
	options := database.Options{MaxConns: cfg.MaxConns(), Unprepared: !cfg.Prepare, Log: log}
	db, cerrar, err := database.OpenMigrated(ctx, cfg.DatabaseURL(cfg.BaseURL, "pedidos"), options, bunstore.Migrations())
	if err != nil {
		return nil, nil, fmt.Errorf("PEDIDOS_DB_URL: %w", err)
	}
	return db, cerrar, nil
}

// vecinos are the policies of the services that are called.
type vecinos struct{ productos, inventario *resilience.Policy }

func nuevosVecinos(log *slog.Logger) vecinos {
	return vecinos{
		resilience.New(resilience.Options{Peer: "productos", Log: log}), resilience.New(resilience.Options{Peer: "inventario", Log: log}),
	}
}

// catalogo reads productos with this service's own token: read as a visitor, the orders of the whole shop would share the allowance
// of one address. Without a token there is no order, as there is none without one for inventario.
func catalogo(cfg configuracion, v vecinos, secreto config.Secret) *productos.Catalogo {
	return productos.New(httpclient.New(httpclient.Options{
		Peer: "productos", BaseURL: cfg.ProductosURL, Policy: v.productos,
		Tokens: httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
			TokenURL: cfg.auth("/token"), ClientID: "pedidos", Secret: secreto, Audience: "productos", Scope: "productos:leer",
		}),
	}))
}

// reservas speaks to inventario with this service's own token.
func reservas(cfg configuracion, v vecinos, secreto config.Secret) *inventario.Reservas {
	return inventario.New(httpclient.New(httpclient.Options{
		Peer: "inventario", BaseURL: cfg.InventarioURL, Policy: v.inventario,
		Tokens: httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
			TokenURL: cfg.auth("/token"), ClientID: "pedidos", Secret: secreto, Audience: "inventario", Scope: "inventario:reservar",
		}),
	}))
}

func secreto(cfg configuracion) (config.Secret, error) {
	return cfg.Secret("PEDIDOS_CLIENT_SECRET", cfg.Secreto, minSecreto)
}

func dependencias(
	cfg configuracion, log *slog.Logger, p *bunstore.Pedidos, d *bunstore.Devoluciones, c ports.Catalogo, r ports.Reservas,
) app.Dependencias {
	return app.Dependencias{
		Pedidos: p, Pendientes: p, Devoluciones: d, Reposiciones: d, Catalogo: c, Reservas: r, Log: log, Expira: cfg.expira(), Topes: cfg.topes(),
		Reloj:    func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
		NuevoID:  uuid.NewString,
		Peticion: func(ctx context.Context) string { return logging.RequestFrom(ctx).ID },
	}
}

// claves are auth's public keys, kept across restarts.
func claves(cfg configuracion, log *slog.Logger) *authn.RemoteKeys {
	return authn.NewRemoteKeys(authn.RemoteKeysOptions{
		URL: cfg.auth("/.well-known/jwks.json"), CachePath: filepath.Join(cfg.DataDir, "pedidos-jwks.json"), Log: log,
	})
}

// revocaciones are read from auth with this service's own token, and kept across restarts.
func revocaciones(cfg configuracion, secreto config.Secret, claves *authn.RemoteKeys, log *slog.Logger) *authn.Revocations {
	tokens := httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
		TokenURL: cfg.auth("/token"), ClientID: "pedidos", Secret: secreto, Audience: "auth", Scope: "revocaciones:leer",
	})
	return authn.NewRevocations(authn.RevocationsOptions{
		Fetch: authn.FetchFrom(cfg.auth("/revocaciones"), tokens), CachePath: filepath.Join(cfg.DataDir, "pedidos-revocaciones.json"),
		Keys: claves, Log: log,
	})
}

func verificador(cfg configuracion, claves *authn.RemoteKeys, r *authn.Revocations) *authn.Verifier {
	return authn.NewVerifier(authn.VerifierOptions{Issuer: cfg.emisor(), Service: "pedidos", Keys: claves, Revoked: r.Revoked})
}

func opciones(
	cfg configuracion, log *slog.Logger, auth httpserver.Authenticator, db *database.DB, claves *authn.RemoteKeys,
	terminados *authn.Revocations, repetidas *keystore.Store, v vecinos,
) httpserver.Options {
	return httpserver.Options{
		Log: log, Auth: auth, MetricsAddr: cfg.metricas(), Revocations: terminados, Keys: repetidas, Database: db.Collector("pedidos"),
		Peers: []httpserver.Peer{v.productos, v.inventario},
		Ready: []httpserver.Check{{Name: "base de datos", Run: db.Ready}, {Name: "claves de auth", Run: claves.Ready}},
	}.Configured(cfg.Common)
}

// programa is what main runs: the HTTP side, the reconciler and the reaper of keys, which stop together.
type programa struct {
	servidor     *httpserver.Server
	servicio     *app.Servicio
	repetidas    *keystore.Store
	revocaciones *authn.Revocations
	pedidos      *bunstore.Pedidos
}
