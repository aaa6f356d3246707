// Command inventario serves the stock of the shop and its reservations.
//
//	inventario            serves until SIGINT or SIGTERM
//	inventario openapi    prints the OpenAPI document as YAML
//
// Its configuration is the environment; see README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"
)

func main() {
	if err := ejecutar(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "inventario:", err)
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
	return fmt.Errorf("unknown arguments %q; usage: inventario [openapi]", args)
}

func servir() error {
	ctx, parar := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer parar()
	cfg, err := config.Load[configuracion]()
	if err != nil {
		return err
	}
	servidor, cerrar, err := inicializar(ctx, cfg, logging.New(os.Stdout, "inventario", cfg.LogLevel))
	if err != nil {
		return err
	}
	defer cerrar()
	return servidor.Run(ctx, cfg.direccion())
}

func openapi() error {
	documento, err := httpapi.New(httpserver.Options{}, nil).OpenAPI()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(documento)
	return err
}
