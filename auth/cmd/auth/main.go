// Command auth keeps the users of the shop and mints its tokens.
//
//	auth            serves until SIGINT or SIGTERM
//	auth openapi    prints the OpenAPI document as YAML
//
// Its configuration is the environment; see README.md.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/tienda-go/tienda/kit/config"
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
	switch {
	case len(args) == 0:
		return servir()
	case len(args) == 1 && args[0] == "openapi":
		return openapi()
	}
	return fmt.Errorf("unknown arguments %q; usage: auth [openapi]", args)
}

func servir() error {
	ctx, parar := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer parar()
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
	if err := primerAdmin(ctx, cfg, programa.servicio, log); err != nil {
		return err
	}
	return programa.servidor.Run(ctx, cfg.direccion())
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

func openapi() error {
	documento, err := httpapi.New(httpserver.Options{}, nil, nil, "").OpenAPI()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(documento)
	return err
}
