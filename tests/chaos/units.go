package chaos

import "fmt"

// units is what the clients know of one product's stock. Each number only grows: a begun change may have its effect from then
// on, a done change has had it, and a change that is over (refused, or undone) has no effect.
type units struct {
	initial                    int64
	inBegun, inDone, inOver    int64 // brought by hand
	outBegun, outDone, outOver int64 // taken by hand, or by completing an order
	held, holds, leaving, left int64 // of orders: begun; answered 201; of these, then cancelled or completed by a client; over
}

// stock is inventario's answer about one product.
type stock struct {
	ProductoID int64 `json:"producto_id"`
	Cantidad   int64 `json:"cantidad"`
	Fisico     int64 `json:"fisico"`
	Reservado  int64 `json:"reservado"`
	Version    int64 `json:"version"`
}

// contradiction returns what is impossible in a stock that was read between two moments; "" when it is possible. before and
// after are what the clients knew at these moments; changes in between, and changes with an unknown outcome, may or may not
// count.
func (s stock) contradiction(before, after units) string {
	switch low, high := before.initial+before.inDone-(after.outBegun-after.outOver),
		before.initial+(after.inBegun-after.inOver)-before.outDone; {
	case s.Cantidad != s.Fisico-s.Reservado:
		return fmt.Sprintf("cantidad %d is not fisico %d - reservado %d", s.Cantidad, s.Fisico, s.Reservado)
	case s.Reservado < 0 || s.Reservado > s.Fisico:
		return fmt.Sprintf("reservado %d is not between 0 and fisico %d", s.Reservado, s.Fisico)
	case s.Fisico < low || s.Fisico > high:
		return fmt.Sprintf("fisico is %d, and what clients were told makes it %d to %d", s.Fisico, low, high)
	}
	if low, high := before.holds-after.leaving, after.held-before.left; s.Reservado < low || s.Reservado > high {
		return fmt.Sprintf("reservado is %d, and what clients were told makes it %d to %d", s.Reservado, low, high)
	}
	return ""
}
