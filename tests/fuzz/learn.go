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
	f.made.note(r)
	if r.Status != 200 && r.Status != 201 {
		return
	}
	var body struct {
		ID           json.RawMessage
		ProductoID   int64 `json:"producto_id"`
		Fisico       *int64
		RefreshToken string `json:"refresh_token"`
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return
	}
	var number int64
	switch {
	case r.Status == 201 && d.Op.Path == "/productos" && json.Unmarshal(body.ID, &number) == nil:
		f.pool.products, f.pool.bare, f.pool.highest = remember(f.pool.products, number), number, max(f.pool.highest, number)
	case r.Status == 201 && d.Op.Path == "/pedidos" && json.Unmarshal(body.ID, &number) == nil:
		f.pool.orders = remember(f.pool.orders, number)
		f.pool.own[d.Caller.Name] = remember(f.pool.own[d.Caller.Name], number)
	case strings.HasPrefix(d.Op.Path, "/inventario") && body.Fisico != nil && d.Op.Method != "GET":
		f.pool.shelf[body.ProductoID] = *body.Fisico
	case r.Status == 201 && strings.HasPrefix(d.Op.Path, "/reservas/"):
		f.pool.reservations = remember(f.pool.reservations, strings.Split(d.Path, "/")[2])
	case body.RefreshToken != "":
		f.pool.refresh = remember(f.pool.refresh, body.RefreshToken)
	}
}
