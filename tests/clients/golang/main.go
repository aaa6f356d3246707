// Command golang buys with nothing but what oapi-codegen makes of the four documents, all in one package. The addresses of the
// services and the administrator's name and password are in the environment.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/oapi-codegen/nullable"

	// That each of them compiles alone, too.
	_ "github.com/tienda-go/tienda/tests/clients/golang/auth"
	_ "github.com/tienda-go/tienda/tests/clients/golang/inventario"
	_ "github.com/tienda-go/tienda/tests/clients/golang/pedidos"
	_ "github.com/tienda-go/tienda/tests/clients/golang/productos"
	"github.com/tienda-go/tienda/tests/clients/golang/tienda"
)

func main() {
	log.SetFlags(log.Lshortfile)
	ctx := context.Background()
	admin := session(ctx, os.Getenv("ADMIN"), os.Getenv("PASSWORD"))
	customer := register(ctx)
	for _, price := range []float64{0.01, 19.99, 1234567.89, 9999999999999.99} {
		buy(ctx, admin, customer, price)
	}
	fmt.Println("bought")
}

// client of a service; token may be "".
func client(service, token string) *tienda.ClientWithResponses {
	c, err := tienda.NewClientWithResponses(os.Getenv(service),
		tienda.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			return nil
		}))
	must(err)
	return c
}

func session(ctx context.Context, username, password string) string {
	answer, err := client("AUTH_URL", "").IniciarSesionWithResponse(ctx, tienda.Credenciales{Username: username, Password: password})
	must(err)
	check(answer.JSON200 != nil, "log in: %s", answer.Body)
	return answer.JSON200.AccessToken
}

func register(ctx context.Context) string {
	const username, password = "clienta.go", "tres palabras juntas"
	answer, err := client("AUTH_URL", "").RegistrarUsuarioWithResponse(ctx, tienda.NuevoUsuario{
		Username: username, Email: "clienta.go@example.com", Password: password,
	})
	must(err)
	check(answer.JSON201 != nil, "register: %s", answer.Body)
	return session(ctx, username, password)
}

// buy puts a product on sale, orders the only one, is refused a second, and takes its SKU away.
func buy(ctx context.Context, admin, customer string, price float64) {
	name := fmt.Sprintf("Cliente Go %.2f", price)
	created, err := client("PRODUCTOS_URL", admin).CrearProductoWithResponse(ctx, nil, tienda.NuevoProducto{
		Nombre: name, Precio: price, Sku: new(fmt.Sprintf("GO-%.2f", price)),
	})
	must(err)
	check(created.JSON201 != nil, "product: %s", created.Body)
	check(created.JSON201.Precio == price, "price %v is %v", price, created.JSON201.Precio)
	id := created.JSON201.ID

	stock, err := client("INVENTARIO_URL", admin).
		CrearInventarioWithResponse(ctx, nil, tienda.NuevoInventario{ProductoID: id, Cantidad: 1})
	must(err)
	check(stock.JSON201 != nil, "stock: %s", stock.Body)

	orders, one := client("PEDIDOS_URL", customer), tienda.NuevoPedido{ProductoID: &id, Cantidad: new(int64(1))}
	order, err := orders.CrearPedidoWithResponse(ctx, nil, one)
	must(err)
	check(order.JSON201 != nil, "order: %s", order.Body)
	check(order.JSON201.Total == price, "total %v is %v", price, order.JSON201.Total)
	check(order.JSON201.MotivoCancelacion.IsNull(), "motivo_cancelacion: %s", order.Body)

	refused, err := orders.CrearPedidoWithResponse(ctx, nil, one)
	must(err)
	check(refused.ApplicationProblemJSON409 != nil, "a second order: %s", refused.Body)
	problem, err := refused.ApplicationProblemJSON409.AsProblemaPedidoSinExistencias()
	must(err)
	check(problem.Codigo == tienda.ProblemaPedidoSinExistenciasCodigoSTOCKINSUFICIENTE && len(problem.Lineas) == 1 &&
		problem.Lineas[0].Disponible == 0, "a second order: %s", refused.Body)

	plain, err := client("PRODUCTOS_URL", admin).EditarProductoWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, id, nil,
		tienda.CambiosDeProducto{Sku: nullable.NewNullNullable[string]()})
	must(err)
	check(plain.JSON200 != nil && plain.JSON200.Sku == nil, "without SKU: %s", plain.Body)
}

func must(err error) {
	if err != nil {
		log.Output(2, err.Error())
		os.Exit(1)
	}
}

func check(ok bool, format string, args ...any) {
	if !ok {
		log.Output(2, fmt.Sprintf(format, args...))
		os.Exit(1)
	}
}
