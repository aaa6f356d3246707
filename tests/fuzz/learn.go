package fuzz

import (
	"encoding/json"
	"strings"
)

// learn adds the things in an answer to the pool.
func (f *fuzzer) learn(d *draft, r reply) {
	if r.Status == 200 && d.Op.Path == "/me/password" {
		var pair struct {
			AccessToken string `json:"access_token"`
		}
		if sent, err := decode(d.body()); err == nil && json.Unmarshal(r.Body, &pair) == nil {
			f.passwords[d.Caller.Name], _ = sent.(map[string]any)["nueva"].(string)
			f.ended["Bearer "+d.Caller.Tokens["auth"]] = true
			f.cast.Again(d.Caller, pair.AccessToken)
		}
		return // its refresh token is the caller's own, not one for others to use up
	}
	if r.Header.Get("Idempotency-Replayed") != "" {
		return
	}
	var body struct {
		ID           json.RawMessage
		ProductoID   int64 `json:"producto_id"`
		PedidoID     int64 `json:"pedido_id"`
		Fisico       *int64
		RefreshToken string `json:"refresh_token"`
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return
	}
	var id int64
	_ = json.Unmarshal(body.ID, &id) // 0 where it is a text
	location := r.Header.Get("Location")
	switch {
	case body.PedidoID != 0: // also of an order that was refused
		f.made.orders[body.PedidoID] = true
	case r.Status != 201:
	case strings.HasPrefix(location, "/productos/"):
		f.made.products[id] = true
	case strings.HasPrefix(location, "/inventario/"):
		f.made.stock[body.ProductoID] = true
	case strings.HasPrefix(location, "/pedidos/"):
		f.made.orders[id] = true
	}
	switch {
	case r.Status != 200 && r.Status != 201:
	case r.Status == 201 && d.Op.Path == "/productos" && id != 0:
		f.pool.products, f.pool.bare, f.pool.highest = remember(f.pool.products, id), id, max(f.pool.highest, id)
	case r.Status == 201 && d.Op.Path == "/pedidos" && id != 0:
		f.pool.orders = remember(f.pool.orders, id)
		f.pool.own[d.Caller.Name] = remember(f.pool.own[d.Caller.Name], id)
	case strings.HasPrefix(d.Op.Path, "/inventario") && body.Fisico != nil && d.Op.Method != "GET":
		f.pool.shelf[body.ProductoID] = *body.Fisico
	case r.Status == 201 && strings.HasPrefix(d.Op.Path, "/reservas/"):
		f.pool.reservations = remember(f.pool.reservations, strings.Split(d.Path, "/")[2])
	case body.RefreshToken != "":
		f.pool.refresh = remember(f.pool.refresh, body.RefreshToken)
	}
}
