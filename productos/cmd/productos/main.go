// Command productos serves the catalogue of the shop.
//
//	productos            serves until SIGINT or SIGTERM
//	productos openapi    prints the OpenAPI document as YAML
//	productos health     succeeds if the service that runs here is ready
//
// Its configuration is the environment; see README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/productos/adapters/httpapi"
)

func main() {
	if err := ejecutar(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "productos:", err)
		os.Exit(1)
	}
}

func ejecutar(args []string) error {
	return httpserver.Command(httpserver.Program{
		Service: "productos", Serve: servir, Describe: describir, Address: direccion,
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
	log := logging.New(os.Stdout, "productos", cfg.LogLevel)
	programa, cerrar, err := inicializar(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer cerrar()
	ctx, parar := context.WithCancel(ctx)
	var tareas sync.WaitGroup
	tareas.Go(func() { programa.repetidas.Run(ctx, log) })
	tareas.Go(func() { programa.revocaciones.Run(ctx) })
	defer tareas.Wait()
	defer parar() // also when the server fails by itself
	return programa.servidor.Run(ctx, cfg.direccion())
}

// describir is the server without what it works with: enough for its document.
func describir() *httpserver.Server { return httpapi.New(httpserver.Options{}, nil) }
