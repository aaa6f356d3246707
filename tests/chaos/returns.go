package chaos

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// given is a return as an answer shows it.
type given struct {
	ID       int64  `json:"id"`
	PedidoID int64  `json:"pedido_id"`
	Lineas   []line `json:"lineas"`
	Reponer  bool   `json:"reponer"`
	Fase     string `json:"fase"`
}

// accepted is the answer to an acceptance: 200 it is so, 409 a client has decided that the order ends.
func (r *Record) accepted(a *Ask, o *Order) {
	if a.Final.Status == 409 {
		if o.Cancels+o.Completes == 0 {
			r.violate("state", "order %d: accept is refused, and no client asked for its end: %s", o.ID, a.Final.Answer.Body)
		}
		return
	}
	v, err := parse(a.Final.Answer.Body)
	// A retry with the key finds the order as it is: accepted by the first request, and perhaps ended since.
	ended := a.Key != "" && len(a.Tries) > 1 && o.Completes+o.Cancels > 0 && v.Referencia != ""
	if err != nil || v.ID != o.ID || v.ExpiraEn != nil || !ended && (v.Fase != "ACEPTADO" || v.Estado != "PENDIENTE") {
		r.violate("state", "order %d: accept answered %d %s", o.ID, a.Final.Status, a.Final.Answer.Body)
		return
	}
	if o.Promised == "CANCELADO" {
		r.violate("state", "order %d: its owner's cancel was taken, and it is accepted: %s", o.ID, a.Final.Answer.Body)
	}
	o.Accepted = true
	r.see(v, *a.Final)
}

// belongsToShop is the refusal of an owner's cancel because the order is accepted.
func (r *Record) belongsToShop(a *Ask, o *Order) {
	if o.Accepts == 0 || o.Promised == "CANCELADO" {
		r.violate("state", "order %d: a cancel is refused because it is accepted, after %d acceptances, promised %q: %s", o.ID,
			o.Accepts, o.Promised, a.Final.Answer.Body)
	}
	o.Accepted = true
}

// beginReturn records that units may come back from now on.
func (r *Record) beginReturn(a *Ask) {
	o := r.orders[a.Order]
	o.Returns = append(o.Returns, a)
	for _, l := range a.Lines {
		if a.Restock {
			r.products[l.ProductoID].inBegun += l.Cantidad
		}
	}
}

// returned handles the answer to a return: 201 the units are back, 202 they will be, 409 they never will.
func (r *Record) returned(a *Ask, o *Order) {
	switch a.Final.Status {
	case 409:
		if o.Promised == "COMPLETADO" && o.Final == "COMPLETADO" && a.Final.Answer.Text("codigo") == "TRANSICION_ILEGAL" &&
			a.Begin.After(o.finalAt) {
			r.violate("returns", "order %d is completed, and a return is told %s", o.ID, a.Final.Answer.Body)
		}
	case 201:
		if o.Promised == "CANCELADO" {
			r.violate("returns", "order %d is cancelled, and something came back of it: %s", o.ID, a.Final.Answer.Body)
		}
	}
	var g given
	if a.Final.Status != 409 {
		phase := map[int]string{201: "HECHA", 202: "EN_CURSO"}[a.Final.Status]
		err := json.Unmarshal(a.Final.Answer.Body, &g)
		if err != nil || g.PedidoID != o.ID || g.Reponer != a.Restock || g.Fase != phase || !(view{Lineas: g.Lineas}).has(a.Lines) {
			r.violate("returns", "order %d: %v was to come back, told %d %s", o.ID, a.Lines, a.Final.Status, a.Final.Answer.Body)
		}
	}
	for _, l := range a.Lines {
		switch u := r.products[l.ProductoID]; {
		case !a.Restock:
		case a.Final.Status == 409:
			u.inOver += l.Cantidad
		case a.Final.Status == 201:
			u.inDone += l.Cantidad
		}
	}
}

// withReturns are the orders that may have returns.
func (r *Record) withReturns() (ids []int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, o := range r.orders {
		if len(o.Returns) > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// back reads the returns of an order; false when they cannot be read.
func back(look *reader, order int64) ([]given, bool) {
	return pages[given](look, "pedidos", fmt.Sprintf("/pedidos/%d/devoluciones?limite=200", order))
}

// resting waits until every return is done.
func (r *run) resting(look *reader, deadline time.Time) bool {
	for _, id := range r.record.withReturns() {
		var list []given
		if !r.within(deadline, func() (ok bool) {
			list, ok = back(look, id)
			return ok && !slices.ContainsFunc(list, func(g given) bool { return g.Fase != "HECHA" })
		}) {
			r.record.Violate("settle", "returns of order %d do not rest %s after everything was mended: %+v", id, settleLimit, list)
			return false
		}
	}
	return true
}

// returns compares the returns with the answers to clients, with the orders, and with inventario's ledger, whose entries of
// returns are by order and product: each unit is back once, and never more than were sold.
func (r *run) returns(look *reader, orders map[int64]view, ledger map[int64]map[int64]int64) {
	for _, id := range r.record.withReturns() {
		list, ok := back(look, id)
		if !ok {
			r.record.Violate("returns", "those of order %d cannot be read", id)
			continue
		}
		all, shelf := map[int64]int64{}, map[int64]int64{}
		for _, g := range list {
			for _, l := range g.Lineas {
				all[l.ProductoID] += l.Cantidad
				if g.Reponer {
					shelf[l.ProductoID] += l.Cantidad
				}
			}
		}
		sold := map[int64]int64{}
		if orders[id].Fase == "COMPLETADO" {
			for _, l := range orders[id].Lineas {
				sold[l.ProductoID] = l.Cantidad
			}
		}
		for product, n := range all {
			if n > sold[product] {
				r.record.Violate("returns", "order %d, %s: %d units of product %d came back, %d were sold", id, orders[id].Fase, n, product,
					sold[product])
			}
			if shelf[product] != ledger[id][product] {
				r.record.Violate("returns", "order %d: %d units of product %d went back on the shelf, inventario has put back %d", id,
					shelf[product], product, ledger[id][product])
			}
		}
		delete(ledger, id)
		r.record.gaveBack(id, list)
	}
	for id, of := range ledger {
		r.record.Violate("returns", "inventario has put back %v of order %d, and no client asked for it", of, id)
	}
}

// gaveBack checks that every acknowledged return is there, and that each return belongs to one wish.
func (r *Record) gaveBack(id int64, list []given) {
	r.mu.Lock()
	defer r.mu.Unlock()
	there := map[int64]given{}
	for _, g := range list {
		there[g.ID] = g
	}
	open := 0 // requests whose outcome is not known
	for _, a := range r.orders[id].Returns {
		switch {
		case a.Final == nil:
			open++
		case a.Final.Status != 409:
			told := a.Final.Answer.Int("id")
			if g, ok := there[told]; !ok || g.Reponer != a.Restock || !(view{Lineas: g.Lineas}).has(a.Lines) {
				r.violate("returns", "order %d: return %d was told as %s, and is %+v", id, told, a.Final.Answer.Body, g)
			}
			delete(there, told)
		}
	}
	if len(there) > open {
		r.violate("returns", "order %d has %d returns that no client was told of, for %d requests without an answer: %v", id,
			len(there), open, there)
	}
}

// ofOrder is the order that an entry of the ledger names as the reason of a return; 0 = none.
func (e entry) ofOrder() (id int64) {
	if e.Tipo == "DEVOLUCION" {
		_, _ = fmt.Sscanf(e.Referencia, "pedido %d", &id)
	}
	return id
}
