// Command productos serves the catalogue of the shop.
//
// `productos help` lists its other commands. Its configuration is the environment; see README.md.
package main

import (
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/productos/adapters/httpapi"
)

func main() { service.Main(orden()) }

func orden() service.Program { return service.New(inicializar, describir) }

// describir is the server without its dependencies: enough for its document.
func describir() *httpserver.Server { return httpapi.New(httpserver.Options{}, nil) }
