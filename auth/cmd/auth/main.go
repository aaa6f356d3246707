// Command auth stores the users of the shop and issues its tokens.
//
// `auth help` lists its other commands. Its configuration is the environment; see README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
)

func main() { httpserver.Main(orden()) }

func orden() httpserver.Program {
	return httpserver.Program{
		Service: "auth", Serve: servir, Describe: describir, Address: direccion,
		Commands: []httpserver.Subcommand{
			{Words: "admin create", Help: "makes an administrator: a new user, or one that exists",
				Run: func(ctx context.Context, _ []string) error {
					return crearAdmin(ctx, nuevaConsola(os.Stdin, os.Stdout))
				}},
			{Words: "password reset", Args: "NAME", Help: "gives a user a new password, and prints it",
				Run: func(ctx context.Context, args []string) error {
					return reponerContrasena(ctx, os.Stdout, args[0])
				}},
			{Words: "keys reset", Help: "replaces all signing keys: for a stolen key, or a lost SECRET_KEY",
				Run: func(ctx context.Context, _ []string) error {
					return reponerClaves(ctx, nuevaConsola(os.Stdin, os.Stdout))
				}},
		},
	}
}

func direccion() (string, error) {
	cfg, err := config.Load[configuracion]()
	return cfg.direccion(), err
}

func servir(ctx context.Context) error {
	cfg, secretos, err := cargar()
	if err != nil {
		return err
	}
	log := logging.New(os.Stdout, "auth", cfg.LogLevel)
	programa, cerrar, err := inicializar(ctx, cfg, secretos, log)
	if err != nil {
		return err
	}
	defer cerrar()
	programa.servidor.Metrics().MustRegister(programa.contrasenas)
	err = database.RetryStep(ctx, log, func(ctx context.Context) error { return primerAdmin(ctx, cfg, programa.servicio, log) })
	if err != nil {
		return err
	}
	ctx, parar := context.WithCancel(ctx)
	var tareas sync.WaitGroup
	tareas.Go(func() { programa.revocaciones.Run(ctx) })
	tareas.Go(func() { programa.cuidar(ctx, log) })
	defer tareas.Wait() // before the database closes
	defer parar()       // also when the server fails
	return programa.servidor.Run(ctx, cfg.direccion())
}

// cuidar rotates old signing keys and removes old rows (app.Servicio.Limpiar), from time to time.
func (p *programa) cuidar(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(10 * time.Minute)
	defer ticker.Stop()
	for {
		rotada, err := p.llavero.RotarPorEdad(ctx)
		if rotada {
			log.InfoContext(ctx, "signing key rotated by age")
		}
		if err = errors.Join(err, p.servicio.Limpiar(ctx)); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "signing keys not rotated, or old rows not removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// primerAdmin makes the administrator that the configuration names, when there is none, and logs a warning when an operator
// could not log in.
func primerAdmin(ctx context.Context, cfg configuracion, servicio *app.Servicio, log *slog.Logger) error {
	if cfg.AdminNombre == "" {
		exists, err := servicio.HayAdmin(ctx)
		if err == nil && !exists {
			log.WarnContext(ctx, "there is no administrator; `auth admin create` makes one")
		}
		return err
	}
	made, err := servicio.CrearPrimerAdmin(ctx,
		app.PrimerAdmin{Nombre: cfg.AdminNombre, Email: cfg.AdminEmail, Contrasena: cfg.AdminContrasena})
	if err != nil {
		return fmt.Errorf("first administrator (ADMIN_USERNAME, ADMIN_EMAIL, ADMIN_PASSWORD): %w", err)
	}
	if made {
		log.InfoContext(ctx, "first administrator created", "username", cfg.AdminNombre)
		return nil
	}
	same, err := servicio.EsSuContrasena(ctx, cfg.AdminNombre, cfg.AdminContrasena.Reveal())
	if err != nil && !errors.Is(err, domain.ErrUsuarioDesconocido) {
		return err
	}
	if !same {
		log.WarnContext(ctx, "ADMIN_PASSWORD is not the password of ADMIN_USERNAME: "+
			"it counts at the first start, when there is no administrator; "+
			"`auth password reset NAME` sets another")
	}
	return nil
}

// describir is the server without its dependencies: enough for its document.
func describir() *httpserver.Server { return httpapi.New(httpserver.Options{}, nil, nil, "") }
