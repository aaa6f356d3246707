package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/auth/adapters/argon"
	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/adapters/firma"
	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/ports"
)

func ajustes(cfg configuracion) service.Settings { return cfg.Settings() }

// pasos bring the rows up to date at the start.
func pasos(log *slog.Logger) []database.Step {
	return []database.Step{func(ctx context.Context, db *database.DB) error { return bunstore.New(db).CompararEmails(ctx, log) }}
}

func llavero(
	ctx context.Context, emisor httpapi.Emisor, s secretos, claves ports.Claves, reloj func() time.Time, log *slog.Logger,
) (l *firma.Llavero, err error) {
	err = database.RetryStep(ctx, log, func(ctx context.Context) error {
		l, err = firma.Abrir(ctx, claves, s.clave, string(emisor), reloj)
		return err
	})
	return l, err
}

func emisor(cfg configuracion) httpapi.Emisor { return httpapi.Emisor(cfg.TokenIssuer()) }

func dependencias(
	cfg configuracion, s secretos, a *bunstore.Almacen, c ports.Contrasenas, f ports.Firmador, reloj func() time.Time,
	log *slog.Logger,
) (app.Dependencias, error) {
	sucesor, err := app.NuevoSucesor(s.clave)
	return app.Dependencias{
		Usuarios: a, Actores: a, Administradores: a, Sesiones: a, Revocaciones: a, Intentos: a, Registros: a, Auditoria: a, Log: log,
		Contrasenas: c, MaxRegistros: cfg.maxRegistros(), Firmador: f, Reloj: reloj, NuevoID: uuid.NewString,
		VidaToken: cfg.vidaToken(), Secretos: s.clientes, Sucesor: sucesor,
	}, err
}

// autenticacion checks auth's own tokens with its own keys. The revocations are checked as in the other services, but read from
// the database instead of over HTTP, for the first time before the server starts.
func autenticacion(
	ctx context.Context, s service.Settings, claves *firma.Llavero, servicio *app.Servicio, log *slog.Logger,
) (*service.Auth, error) {
	a := service.LocalAuth(s, claves, func(ctx context.Context, cursor string) ([]byte, string, error) {
		r, err := servicio.Revocaciones(ctx, cursor)
		if err != nil {
			return nil, "", err
		}
		page, err := json.Marshal(httpapi.ARevocaciones(r))
		return page, r.Sigue, err
	}, log)
	return a, database.RetryStep(ctx, log, a.Revocations.Poll)
}

// proceso is what runs.
func proceso(
	servidor *httpserver.Server, auth *service.Auth, servicio *app.Servicio, claves *firma.Llavero, c *argon.Contrasenas,
	log *slog.Logger,
) *service.Running {
	servidor.Metrics().MustRegister(c)
	return &service.Running{Server: servidor, Auth: auth, Jobs: []service.Job{
		{Name: "rotate signing keys by age", Do: func(ctx context.Context) error {
			rotada, err := claves.RotarPorEdad(ctx)
			if rotada {
				log.InfoContext(ctx, "signing key rotated by age")
			}
			return err
		}},
		{Name: "remove old rows", Do: servicio.Limpiar},
	}}
}

// programa is what runs, and the use cases for the commands and the first administrator.
type programa struct {
	*service.Running
	servicio *app.Servicio
}
