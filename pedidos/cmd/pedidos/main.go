// Command pedidos serves the orders of the shop.
//
// `pedidos help` says what else it does. Its configuration is the environment; see README.md.
package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/pedidos/adapters/httpapi"
)

func main() { httpserver.Main(orden()) }

func orden() httpserver.Program {
	return httpserver.Program{Service: "pedidos", Serve: servir, Describe: describir, Address: direccion}
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
	log := logging.New(os.Stdout, "pedidos", cfg.LogLevel)
	programa, cerrar, err := inicializar(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer cerrar()
	ctx, parar := context.WithCancel(ctx)
	var tareas sync.WaitGroup
	tareas.Go(func() { programa.servicio.Reconciliar(ctx) })
	tareas.Go(func() { programa.repetidas.Run(ctx, log) })
	tareas.Go(func() { programa.revocaciones.Run(ctx) })
	tareas.Go(func() {
		database.Clean(ctx, log, "refused orders", func(ctx context.Context, limit int) (int64, error) {
			return programa.pedidos.LimpiarRechazados(ctx, time.Now(), limit)
		})
	})
	defer tareas.Wait() // before the database closes
	defer parar()       // also when the server fails by itself
	return programa.servidor.Run(ctx, cfg.direccion())
}

// describir is the server without what it works with: enough for its document.
func describir() *httpserver.Server { return httpapi.New(httpserver.Options{}, nil) }
