package chaos

import (
	"encoding/json"
	"slices"
	"time"
)

// begin records that a wish was sent; r is locked.
func (r *Record) begin(a *Ask) {
	switch a.Kind {
	case "order":
		for _, l := range a.Lines {
			r.products[l.ProductoID].held += l.Cantidad
		}
	case "cancel", "complete":
		r.beginEnd(r.orders[a.Order], a.Kind == "complete")
	case "accept":
		r.orders[a.Order].Accepts++
	case "return":
		r.beginReturn(a)
	case "move", "count":
		u := r.products[a.Lines[0].ProductoID]
		if n := a.Lines[0].Cantidad; n > 0 {
			u.inBegun += n
		} else {
			u.outBegun -= n
		}
	}
}

// beginEnd records that a client asks for the end of an order. Its units count once, also with several requests.
func (r *Record) beginEnd(o *Order, complete bool) {
	for _, l := range o.Ask.Lines {
		if o.Final != "" { // it is too late for that to have any effect
			break
		}
		u := r.products[l.ProductoID]
		if o.Cancels+o.Completes == 0 {
			u.leaving += l.Cantidad
		}
		if complete && o.Completes == 0 {
			u.outBegun += l.Cantidad
		}
	}
	if complete {
		o.Completes++
	} else {
		o.Cancels++
	}
}

// settle records the final answer to a wish; r is locked.
func (r *Record) settle(a *Ask) {
	switch a.Kind {
	case "order":
		r.placed(a)
	case "cancel", "complete":
		r.decided(a, r.orders[a.Order])
	case "accept":
		r.accepted(a, r.orders[a.Order])
	case "return":
		r.returned(a, r.orders[a.Order])
	case "move", "count":
		u, n := r.products[a.Lines[0].ProductoID], a.Lines[0].Cantidad
		switch done := a.Final.Status == 200; {
		case done && n > 0:
			u.inDone += n
		case done:
			u.outDone -= n
		case n > 0:
			u.inOver += n
		default:
			u.outOver -= n
		}
	}
}

func (r *Record) placed(a *Ask) {
	id := a.Final.Answer.Int("id")
	if a.Final.Status != 201 {
		id = a.Final.Answer.Int("pedido_id")
	}
	a.Order = id
	if other := r.orders[id]; other != nil || id < 1 {
		r.violate("orders", "order %d is the answer to two wishes, or to none: %s", id, a.Final.Answer.Body)
		return
	}
	o := &Order{ID: id, Ask: a}
	r.orders[id] = o
	if a.Final.Status != 201 {
		r.end(o, "CANCELADO", a.Final.End)
		return
	}
	v, err := parse(a.Final.Answer.Body)
	if err != nil || v.Fase != "RESERVADO" || !v.has(a.Lines) {
		r.violate("orders", "asked for %v, told %s", a.Lines, a.Final.Answer.Body)
		return
	}
	o.Placed = &v
	for _, l := range v.Lineas {
		r.products[l.ProductoID].holds += l.Cantidad
	}
	r.see(v, *a.Final)
}

// decided handles the answer to a cancel or a complete: 200 it is done, 202 it will be done, 409 the other one was decided.
func (r *Record) decided(a *Ask, o *Order) {
	wish, other := "CANCELADO", "COMPLETADO"
	if a.Kind == "complete" {
		wish, other = other, wish
	}
	if a.Kind == "cancel" && a.Final.Status == 409 && a.Final.Answer.Text("fase") == "ACEPTADO" {
		r.belongsToShop(a, o)
		return
	}
	if a.Kind == "cancel" && a.Final.Status != 409 && o.Accepted {
		r.violate("state", "order %d: it was accepted, and its owner's cancel is taken: %s", o.ID, a.Final.Answer.Body)
	}
	if a.Final.Status == 409 {
		wish = other
		if o.Cancels == 0 || o.Completes == 0 {
			r.violate("state", "order %d: %s is refused, and no client asked for the other: %s", o.ID, a.Kind, a.Final.Answer.Body)
		}
	}
	if o.Promised != "" && o.Promised != wish {
		r.violate("state", "order %d: %s was promised, and now %s: %s", o.ID, o.Promised, wish, a.Final.Answer.Body)
	}
	o.Promised = wish
	if a.Final.Status == 409 {
		return
	}
	v, err := parse(a.Final.Answer.Body)
	if err != nil || v.ID != o.ID || a.Final.Status == 200 && v.Estado != wish || a.Final.Status == 202 && v.Estado != "PENDIENTE" {
		r.violate("state", "order %d: %s answered %d %s", o.ID, a.Kind, a.Final.Status, a.Final.Answer.Body)
		return
	}
	r.see(v, *a.Final)
}

// See compares an order that a client read with every answer before.
func (r *Record) See(v view, told Told) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.see(v, told)
}

func (r *Record) see(v view, told Told) {
	var sum cents
	for _, l := range v.Lineas {
		sum += l.Subtotal
		if prices := r.prices[l.ProductoID]; !prices[l.Precio] {
			r.violate("price", "order %d: product %d never cost %d", v.ID, l.ProductoID, l.Precio)
		}
		if l.Subtotal != l.Precio*cents(l.Cantidad) {
			r.violate("price", "order %d: %d x %d is not %d", v.ID, l.Cantidad, l.Precio, l.Subtotal)
		}
	}
	if sum != v.Total {
		r.violate("price", "order %d: its lines make %d, its total is %d", v.ID, sum, v.Total)
	}
	o := r.orders[v.ID]
	if o == nil {
		return
	}
	if p := o.Placed; p != nil &&
		(!slices.Equal(p.Lineas, v.Lineas) || p.Total != v.Total || p.Moneda != v.Moneda || p.UsuarioID != v.UsuarioID) {
		r.violate("price", "order %d was told as %+v, and now is %+v", v.ID, *p, v)
	}
	final := v.Estado == "CANCELADO" || v.Estado == "COMPLETADO"
	if o.Final != "" && v.Estado != o.Final && (final || told.Begin.After(o.finalAt) && !told.Replayed) {
		r.violate("final", "order %d was told as %s, and now is %s", v.ID, o.Final, v.Estado)
	}
	if !told.Replayed {
		if told.Begin.After(o.versionAt) && v.Version < o.version {
			r.violate("version", "order %d: version %d was told, and later %d", v.ID, o.version, v.Version)
		}
		if v.Version > o.version {
			o.version, o.versionAt = v.Version, told.End
		}
	}
	if final {
		r.end(o, v.Estado, told.End)
	}
}

// end records that an order holds no units any more.
func (r *Record) end(o *Order, estado string, at time.Time) {
	if o.Final != "" {
		return
	}
	o.Final, o.finalAt = estado, at
	for _, l := range o.Ask.Lines {
		u := r.products[l.ProductoID]
		u.left += l.Cantidad
		switch {
		case estado == "COMPLETADO":
			u.outDone += l.Cantidad
		case o.Completes > 0:
			u.outOver += l.Cantidad
		}
	}
}

func parse(body []byte) (v view, err error) {
	err = json.Unmarshal(body, &v)
	return v, err
}

// has reports whether the order is for these lines, summed a product.
func (v view) has(wanted []line) bool {
	sum := map[int64]int64{}
	for _, l := range wanted {
		sum[l.ProductoID] += l.Cantidad
	}
	for _, l := range v.Lineas {
		if sum[l.ProductoID] != l.Cantidad {
			return false
		}
	}
	return len(v.Lineas) == len(sum)
}
