package httpserver_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/rest"
)

// An operation declares which scopes it needs; the server checks them.
func ExampleServer() {
	server := httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", Version: "1"})
	huma.Register(server.API(), huma.Operation{OperationID: "saludar", Method: "GET", Path: "/saludo", Security: rest.Public},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	for _, path := range []string{"/saludo", "/nada"} {
		response, err := server.App().Test(httptest.NewRequest("GET", path, nil), -1)
		if err != nil {
			panic(err)
		}
		fmt.Println(path, response.StatusCode)
		_ = response.Body.Close()
	}
	// Output:
	// /saludo 204
	// /nada 404
}
