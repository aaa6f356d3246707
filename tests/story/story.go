// Package story buys something in a running shop, step by step, and prints each step: `make demo` shows it, and the end-to-end
// tests run it. Every answer is checked; the first wrong answer ends the story.
package story

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"

	"github.com/tienda-go/tienda/tests/terminal"
)

// Options say where the shop is and who may fill it.
type Options struct {
	URL                func(service string) string
	Username, Password string // of an admin
	Out                *terminal.Terminal
}

// Admits reports whether the shop lets this admin in.
func Admits(ctx context.Context, o Options) bool {
	t := &teller{options: o, http: &http.Client{}}
	status, _, err := t.send(ctx, "POST", o.URL("auth")+"/login", "", object{"username": o.Username, "password": o.Password})
	return err == nil && status == http.StatusOK
}

// Tell runs the whole story: a customer registers, the admin fills the shelf, the customer orders and cancels, orders and gives
// a part back, wants more than there is, and leaves an order open. With a product that has no stock yet, the shop is then one in
// which the examples of the documentation pages work. It can run again and again, because every name in it is new.
func Tell(ctx context.Context, o Options) error {
	t := &teller{options: o, http: &http.Client{}}
	suffix := strings.ToLower(rand.Text()[:6])

	t.step("A customer registers and logs in")
	ana, password := "ana-"+suffix, rand.Text()
	t.call(ctx, "auth", "POST", "/register", "", object{"username": ana, "email": ana + "@tienda.example", "password": password})
	t.expect(201, object{"username": ana, "rol": "cliente"})
	customer := t.login(ctx, ana, password)

	t.step("The admin puts a product on the shelf, 10 units, and lists one that is still to come")
	admin := t.login(ctx, o.Username, o.Password)
	product := t.call(ctx, "productos", "POST", "/productos", admin, object{
		"nombre": "Café de Colombia " + suffix, "descripcion": "Tueste natural, 250 g", "precio": 7.95,
	})
	t.expect(201, object{"precio": 7.95, "estado": "ACTIVO"})
	t.call(ctx, "inventario", "POST", "/inventario", admin, object{"producto_id": product["id"], "cantidad": 10})
	t.expect(201, object{"cantidad": 10})
	t.call(ctx, "productos", "POST", "/productos", admin,
		object{"nombre": "Té de Ceilán " + suffix, "descripcion": "Aún sin existencias", "precio": 6.4})
	t.expect(201, object{"estado": "ACTIVO"})
	shelf := fmt.Sprintf("/inventario/%v", product["id"])

	t.step("The customer orders 3 of them")
	order := t.call(ctx, "pedidos", "POST", "/pedidos", customer, object{"producto_id": product["id"], "cantidad": 3})
	t.expect(201, object{"estado": "PENDIENTE", "fase": "RESERVADO", "total": 23.85})
	t.call(ctx, "inventario", "GET", shelf, admin, nil)
	t.expect(200, object{"cantidad": 7, "fisico": 10, "reservado": 3})

	t.step("The customer changes her mind: the units are back")
	t.call(ctx, "pedidos", "PATCH", fmt.Sprintf("/pedidos/%v", order["id"]), customer, object{"estado": "CANCELADO"})
	t.expect(200, object{"estado": "CANCELADO", "motivo_cancelacion": "USUARIO"})
	t.call(ctx, "inventario", "GET", shelf, admin, nil)
	t.expect(200, object{"cantidad": 10, "fisico": 10, "reservado": 0})

	t.step("She orders 2 after all; the shop takes the order on, and sends it")
	kept := t.call(ctx, "pedidos", "POST", "/pedidos", customer,
		object{"producto_id": product["id"], "cantidad": 2, "precio_esperado": 7.95})
	t.expect(201, object{"fase": "RESERVADO"})
	path := fmt.Sprintf("/pedidos/%v", kept["id"])
	t.call(ctx, "pedidos", "POST", path+"/aceptar", admin, object{"referencia": "pago-" + suffix})
	t.expect(200, object{"estado": "PENDIENTE", "fase": "ACEPTADO", "referencia": "pago-" + suffix})
	t.call(ctx, "pedidos", "PATCH", path, customer, object{"estado": "CANCELADO"})
	t.expect(409, object{"codigo": "TRANSICION_ILEGAL"})
	t.call(ctx, "pedidos", "PATCH", path, admin, object{"estado": "COMPLETADO"})
	t.expect(200, object{"estado": "COMPLETADO"})

	t.step("One of the two comes back, and goes on sale again")
	t.call(ctx, "pedidos", "POST", path+"/devoluciones", admin, object{
		"lineas": []object{{"producto_id": product["id"], "cantidad": 1}}, "reponer": true, "motivo": "le sobra una",
	})
	t.expect(201, object{"fase": "HECHA"})
	t.call(ctx, "inventario", "GET", shelf, admin, nil)
	t.expect(200, object{"cantidad": 9, "fisico": 9, "reservado": 0})

	t.step("The customer wants 11, and there are 9: the shop refuses")
	refused := t.call(ctx, "pedidos", "POST", "/pedidos", customer, object{"producto_id": product["id"], "cantidad": 11})
	t.expect(409, object{"codigo": "STOCK_INSUFICIENTE"})
	t.call(ctx, "pedidos", "GET", fmt.Sprintf("/pedidos/%v", refused["pedido_id"]), customer, nil)
	t.expect(200, object{"estado": "CANCELADO", "motivo_cancelacion": "SIN_STOCK"})
	t.call(ctx, "inventario", "GET", shelf, admin, nil)
	t.expect(200, object{"cantidad": 9, "reservado": 0})

	t.step("She takes 1, which waits for the shop")
	t.call(ctx, "pedidos", "POST", "/pedidos", customer, object{"producto_id": product["id"], "cantidad": 1})
	t.expect(201, object{"estado": "PENDIENTE", "fase": "RESERVADO"})

	if t.err == nil {
		o.Out.Printf("\n%s\n", o.Out.Paint(terminal.Green, fmt.Sprintf("All %d answers were as expected.", t.calls)))
	}
	return t.err
}
