package fuzz

import (
	"strings"

	"github.com/tienda-go/tienda/tests/shop"
)

// learn adds the things in an answer to the pool.
func (f *fuzzer) learn(d *draft, r reply) {
	answer := shop.Answer{Body: r.Body}
	if r.Status == 200 && d.Op.Path == "/me/password" {
		if sent, err := decode(d.body()); err == nil {
			f.passwords[d.Caller.Name], _ = sent.(map[string]any)["nueva"].(string)
			f.ended["Bearer "+d.Caller.Tokens["auth"]] = true
			f.cast.Again(d.Caller, answer.Text("access_token"))
		}
		return // its refresh token is the caller's own, not one for others to use up
	}
	if d.Method == "GET" || r.Header.Get("Idempotency-Replayed") != "" {
		return
	}
	id, order, product := answer.Int("id"), answer.Int("pedido_id"), answer.Int("producto_id")
	location := r.Header.Get("Location")
	switch {
	case order > 0: // also of an order that was refused
		f.made.orders[order] = true
	case r.Status != 201:
	case strings.HasPrefix(location, "/productos/"):
		f.made.products[id] = true
	case strings.HasPrefix(location, "/inventario/"):
		f.made.stock[product] = true
	case strings.HasPrefix(location, "/pedidos/"):
		f.made.orders[id] = true
	}
	switch {
	case r.Status != 200 && r.Status != 201:
	case r.Status == 201 && d.Op.Path == "/productos" && id > 0:
		f.pool.products, f.pool.bare, f.pool.highest = remember(f.pool.products, id), id, max(f.pool.highest, id)
	case r.Status == 201 && d.Op.Path == "/pedidos" && id > 0:
		f.pool.orders = remember(f.pool.orders, id)
		f.pool.own[d.Caller.Name] = remember(f.pool.own[d.Caller.Name], id)
	case strings.HasPrefix(d.Op.Path, "/inventario") && answer.Int("fisico") >= 0 && d.Op.Method != "GET":
		f.pool.shelf[product] = answer.Int("fisico")
	case r.Status == 201 && strings.HasPrefix(d.Op.Path, "/reservas/"):
		f.pool.reservations = remember(f.pool.reservations, strings.Split(d.Path, "/")[2])
	case answer.Text("refresh_token") != "":
		f.pool.refresh = remember(f.pool.refresh, answer.Text("refresh_token"))
	}
}
