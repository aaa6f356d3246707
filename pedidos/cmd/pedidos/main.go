// Command pedidos serves the orders of the shop.
//
//	pedidos            serves until SIGINT or SIGTERM
//	pedidos openapi    prints the OpenAPI document as YAML
//
// Its configuration is the environment; see README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/pedidos/adapters/httpapi"
)

func main() {
	if err := ejecutar(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pedidos:", err)
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
	return fmt.Errorf("unknown arguments %q; usage: pedidos [openapi]", args)
}

func servir() error {
	ctx, parar := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer parar()
	cfg, err := config.Load[configuracion]()
	if err != nil {
		return err
	}
	programa, cerrar, err := inicializar(ctx, cfg, logging.New(os.Stdout, "pedidos", cfg.LogLevel))
	if err != nil {
		return err
	}
	defer cerrar()
	var reconciliador sync.WaitGroup
	reconciliador.Go(func() { programa.servicio.Reconciliar(ctx) })
	defer reconciliador.Wait() // before the database closes
	defer parar()              // also when the server fails by itself
	return programa.servidor.Run(ctx, cfg.direccion())
}

func openapi() error {
	documento, err := httpapi.New(httpserver.Options{}, nil).OpenAPI()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(documento)
	return err
}
