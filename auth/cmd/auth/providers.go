package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"

	"github.com/tienda-go/tienda/auth/adapters/argon"
	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/adapters/firma"
	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/ports"
)

// abrirBase opens the database and brings its schema up to date.
func abrirBase(ctx context.Context, cfg configuracion, log *slog.Logger) (*database.DB, func(), error) {
	options := database.Options{MaxConns: cfg.MaxConns(), Unprepared: !cfg.Prepare, Log: log}
	db, cerrar, err := database.OpenMigrated(ctx, cfg.DatabaseURL(cfg.BaseURL, "auth"), options, bunstore.Migrations())
	if err != nil {
		return nil, nil, fmt.Errorf("AUTH_DB_URL: %w", err)
	}
	err = database.RetryStep(ctx, log, func(ctx context.Context) error { return bunstore.New(db).CompararEmails(ctx, log) })
	if err != nil {
		cerrar()
		return nil, nil, err
	}
	return db, cerrar, nil
}

func reloj() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func llavero(
	ctx context.Context, cfg configuracion, s secretos, claves ports.Claves, log *slog.Logger,
) (l *firma.Llavero, err error) {
	err = database.RetryStep(ctx, log, func(ctx context.Context) error {
		l, err = firma.Abrir(ctx, claves, s.clave, string(cfg.emisor()), reloj)
		return err
	})
	return l, err
}

func emisor(cfg configuracion) httpapi.Emisor { return cfg.emisor() }

func contrasenas() *argon.Contrasenas { return argon.New(argon.Actuales) }

func dependencias(
	cfg configuracion, s secretos, a *bunstore.Almacen, c ports.Contrasenas, f ports.Firmador, log *slog.Logger,
) (app.Dependencias, error) {
	sucesor, err := app.NuevoSucesor(s.clave)
	return app.Dependencias{
		Usuarios: a, Actores: a, Administradores: a, Sesiones: a, Revocaciones: a, Intentos: a, Registros: a, Auditoria: a, Log: log,
		Contrasenas: c, MaxRegistros: cfg.maxRegistros(), Firmador: f, Reloj: reloj, NuevoID: uuid.NewString,
		VidaToken: cfg.vidaToken(), Secretos: s.clientes, Sucesor: sucesor,
	}, err
}

// verificador checks auth's own tokens with its own keys: no call to itself.
func verificador(cfg configuracion, claves *firma.Llavero, r *authn.Revocations) *authn.Verifier {
	return authn.NewVerifier(authn.VerifierOptions{Issuer: string(cfg.emisor()), Service: "auth", Keys: claves, Revoked: r.Revoked})
}

// revocaciones are checked here as in the other services, but read from the database instead of over HTTP, for the first time
// before the server starts.
func revocaciones(ctx context.Context, servicio *app.Servicio, log *slog.Logger) (*authn.Revocations, error) {
	r := authn.NewRevocations(authn.RevocationsOptions{Log: log,
		Fetch: func(ctx context.Context, cursor string) ([]byte, string, error) {
			r, err := servicio.Revocaciones(ctx, cursor)
			if err != nil {
				return nil, "", err
			}
			page, err := json.Marshal(httpapi.ARevocaciones(r))
			return page, r.Sigue, err
		}})
	return r, database.RetryStep(ctx, log, r.Poll)
}

func opciones(
	cfg configuracion, log *slog.Logger, auth httpserver.Authenticator, db *database.DB, terminados *authn.Revocations,
) httpserver.Options {
	return httpserver.Options{
		Log: log, Auth: auth, MetricsAddr: cfg.metricas(), Revocations: terminados, Database: db.Collector("auth"),
		Ready: []httpserver.Check{{Name: "base de datos", Run: db.Ready}},
	}.Configured(cfg.Common)
}

// programa is what main runs.
type programa struct {
	servidor     *httpserver.Server
	servicio     *app.Servicio
	llavero      *firma.Llavero
	revocaciones *authn.Revocations
	contrasenas  *argon.Contrasenas
}
