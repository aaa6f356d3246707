// Command auth keeps the users of the shop and mints its tokens.
//
//	auth                 serves until SIGINT or SIGTERM
//	auth admin create    makes an administrator: asks for name, e-mail and password
//	auth openapi         prints the OpenAPI document as YAML
//	auth health          succeeds if the service that runs here is ready
//
// Its configuration is the environment; see README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/app"
)

func main() {
	if err := ejecutar(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "auth:", err)
		os.Exit(1)
	}
}

func ejecutar(args []string) error {
	if slices.Equal(args, []string{"admin", "create"}) {
		return crearAdmin(context.Background(), nuevaConsola(os.Stdin, os.Stdout))
	}
	return httpserver.Command(httpserver.Program{
		Service: "auth", Serve: servir, Describe: describir, Address: direccion, Others: []string{"admin create"},
	}, args, os.Stdout)
}

func direccion() (string, error) {
	cfg, err := config.Load[configuracion]()
	return cfg.direccion(), err
}

func servir(ctx context.Context) error {
	cfg, err := config.Load[configuracion]()
	if err != nil {
		return err
	}
	secretos, err := cfg.resolver()
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
	err = database.Through(ctx, log, func(ctx context.Context) error { return primerAdmin(ctx, cfg, programa.servicio, log) })
	if err != nil {
		return err
	}
	ctx, parar := context.WithCancel(ctx)
	var tareas sync.WaitGroup
	tareas.Go(func() { programa.revocaciones.Run(ctx) })
	tareas.Go(func() { programa.cuidar(ctx, log) })
	defer tareas.Wait() // before the database closes
	defer parar()       // also when the server fails by itself
	return programa.servidor.Run(ctx, cfg.direccion())
}

// cuidar looks after what ages: signing keys, and what can be removed (app.Servicio.Limpiar).
func (p *programa) cuidar(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(10 * time.Minute)
	defer ticker.Stop()
	for {
		rotada, err := p.llavero.RotarPorEdad(ctx)
		if rotada {
			log.InfoContext(ctx, "signing key rotated by age")
		}
		if err = errors.Join(err, p.servicio.Limpiar(ctx)); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "housekeeping not done", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// primerAdmin makes the administrator that the configuration names, when there is none.
func primerAdmin(ctx context.Context, cfg configuracion, servicio *app.Servicio, log *slog.Logger) error {
	if cfg.AdminNombre == "" {
		return nil
	}
	made, err := servicio.CrearPrimerAdmin(ctx, app.PrimerAdmin{Nombre: cfg.AdminNombre, Email: cfg.AdminEmail, Contrasena: cfg.AdminContrasena})
	if err != nil {
		return fmt.Errorf("first administrator (ADMIN_USERNAME, ADMIN_EMAIL, ADMIN_PASSWORD): %w", err)
	}
	if made {
		log.InfoContext(ctx, "first administrator created", "username", cfg.AdminNombre)
	}
	return nil
}

// describir is the server without what it works with: enough for its document.
func describir() *httpserver.Server { return httpapi.New(httpserver.Options{}, nil, nil, "") }
