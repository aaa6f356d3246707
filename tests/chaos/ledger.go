package chaos

import "fmt"

// entry is a row of inventario's ledger.
type entry struct {
	ID             int64  `json:"id"`
	Tipo           string `json:"tipo"`
	DeltaFisico    int64  `json:"delta_fisico"`
	DeltaReservado int64  `json:"delta_reservado"`
	Fisico         int64  `json:"fisico"`
	Reservado      int64  `json:"reservado"`
	RequestID      string `json:"request_id"`
	ReservaID      string `json:"reserva_id"`
	Referencia     string `json:"referencia"`
}

// ledgers reads the ledger of every product to its beginning: it adds up to the current stock, has each change that was
// acknowledged to a client once, has no refused change, and takes and ends each reservation once. It returns the exact units of
// changes by hand, also where the client got no answer, and the units of returns, by order.
func (r *run) ledgers(look *reader, now map[int64]stock) (moved map[int64]int64, put map[int64]map[int64]int64) {
	moved, put = map[int64]int64{}, map[int64]map[int64]int64{}
	for _, product := range r.all {
		entries, ok := pages[entry](look, "inventario", fmt.Sprintf("/inventario/%d/movimientos?limite=200", product))
		if !ok {
			r.record.Violate("ledger", "the ledger of product %d cannot be read", product)
			continue
		}
		r.replayed(product, entries, now[product])
		moved[product] = r.record.explained(product, entries)
		for _, e := range entries {
			if id := e.ofOrder(); id != 0 {
				moved[product] += e.DeltaFisico
				if put[id] == nil {
					put[id] = map[int64]int64{}
				}
				put[id][product] += e.DeltaFisico
			}
		}
	}
	return moved, put
}

// replayed adds up the ledger, whose newest entry comes first.
func (r *run) replayed(product int64, entries []entry, now stock) {
	var fisico, reservado int64
	taken, ended := map[string]int{}, map[string]int{}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		fisico, reservado = fisico+e.DeltaFisico, reservado+e.DeltaReservado
		if e.Fisico != fisico || e.Reservado != reservado {
			r.record.Violate("ledger", "product %d: %+v where its entries add up to %d and %d", product, e, fisico, reservado)
		}
		switch e.Tipo {
		case "RESERVA":
			taken[e.ReservaID]++
		case "LIBERACION", "CONSUMO":
			ended[e.ReservaID]++
		}
	}
	if fisico != now.Fisico || reservado != now.Reservado {
		r.record.Violate("ledger", "product %d: its ledger leads to %d and %d, its stock is %+v", product, fisico, reservado, now)
	}
	for id, n := range taken {
		if n != 1 || ended[id] > 1 {
			r.record.Violate("ledger", "product %d: reservation %s was taken %d times, ended %d times", product, id, n, ended[id])
		}
	}
	for id := range ended {
		if taken[id] == 0 {
			r.record.Violate("ledger", "product %d: reservation %s ended and was never taken", product, id)
		}
	}
}

// explained compares the entries made by hand with the wishes of clients, and adds them up.
func (r *Record) explained(product int64, entries []entry) (moved int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := map[string][]entry{}
	for _, e := range entries[:max(0, len(entries)-1)] { // the oldest is the initial stock
		if e.ReservaID == "" && e.ofOrder() == 0 {
			found[e.RequestID] = append(found[e.RequestID], e)
		}
	}
	for _, a := range r.asks {
		if !a.byHand() || a.Lines[0].ProductoID != product {
			continue
		}
		of := found[a.Reference]
		delete(found, a.Reference)
		done := a.Final != nil && a.Final.Status == 200
		if len(of) > 1 || done && len(of) == 0 || a.Final != nil && !done && len(of) > 0 {
			r.violate("ledger", "product %d: %d entries of %s, whose client was %s", product, len(of), a.Reference, a.story())
		}
		for _, e := range of {
			moved += e.DeltaFisico
			if e.DeltaFisico != a.Lines[0].Cantidad || e.DeltaReservado != 0 {
				r.violate("ledger", "product %d: %s asked for %d, its entry is %+v", product, a.Reference, a.Lines[0].Cantidad, e)
			}
		}
	}
	for reference, of := range found {
		r.violate("ledger", "product %d: no client asked for %q: %+v", product, reference, of)
	}
	return moved
}
