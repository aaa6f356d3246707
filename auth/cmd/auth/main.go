// Command auth stores the users of the shop and issues its tokens.
//
// `auth help` lists its other commands. Its configuration is the environment; see README.md.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
)

func main() { service.Main(orden()) }

func orden() service.Program {
	return service.New(arrancar, describir,
		service.Subcommand{Words: "admin create", Help: "makes an administrator: a new user, or one that exists",
			Run: func(ctx context.Context, _ []string) error { return crearAdmin(ctx, nuevaConsola(os.Stdin, os.Stdout)) }},
		service.Subcommand{Words: "password reset", Args: "NAME", Help: "gives a user a new password, and prints it",
			Run: func(ctx context.Context, args []string) error { return reponerContrasena(ctx, os.Stdout, args[0]) }},
		service.Subcommand{Words: "keys reset", Help: "replaces all signing keys: for a stolen key, or a lost SECRET_KEY",
			Run: func(ctx context.Context, _ []string) error {
				return reponerClaves(ctx, nuevaConsola(os.Stdin, os.Stdout))
			}},
	)
}

// arrancar is inicializar, and makes the first administrator.
func arrancar(ctx context.Context, cfg configuracion, log *slog.Logger) (*service.Running, func(), error) {
	p, cerrar, err := inicializar(ctx, cfg, log)
	if err != nil {
		return nil, nil, err
	}
	err = database.RetryStep(ctx, log, func(ctx context.Context) error { return primerAdmin(ctx, cfg, p.servicio, log) })
	if err != nil {
		cerrar()
		return nil, nil, err
	}
	return p.Running, cerrar, nil
}

// describir is the server without its dependencies: enough for its document.
func describir() *httpserver.Server { return httpapi.New(httpserver.Options{}, nil, nil, "") }
