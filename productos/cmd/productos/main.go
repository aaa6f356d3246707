// Command productos serves the catalogue of the shop.
//
// `productos help` lists its other commands. Its configuration is the environment; see README.md.
package main

import (
	"context"
	"os"
	"sync"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/productos/adapters/httpapi"
)

func main() { httpserver.Main(orden()) }

func orden() httpserver.Program {
	return httpserver.Program{Service: "productos", Serve: servir, Describe: describir, Address: direccion}
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
	defer parar() // also when the server fails
	return programa.servidor.Run(ctx, cfg.direccion())
}

// describir is the server without its dependencies: enough for its document.
func describir() *httpserver.Server { return httpapi.New(httpserver.Options{}, nil) }
