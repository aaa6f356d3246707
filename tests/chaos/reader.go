package chaos

import (
	"context"
	"encoding/json"
	"time"
)

// reader reads the shop all the time through its API, and compares the answers with the record.
type reader struct {
	client
	token string
}

// stocks checks at every instant that no unit appears or is lost: one request reads one instant, for all products.
func (r *reader) stocks(ctx context.Context) {
	versions := map[int64]int64{}
	for pause(ctx, 20*time.Millisecond) {
		before := r.record.Snapshot()
		var all []stock
		if !r.get("inventario", "/inventario?limite=200", &all) {
			continue
		}
		after := r.record.Snapshot()
		r.record.count(reads, 1)
		seen := 0
		for _, s := range all {
			if _, ours := before[s.ProductoID]; !ours {
				continue
			}
			seen++
			if what := s.contradiction(before[s.ProductoID], after[s.ProductoID]); what != "" {
				r.record.Violate("conservation", "product %d: %s", s.ProductoID, what)
			}
			if s.Version < versions[s.ProductoID] {
				r.record.Violate("conservation", "product %d went back from version %d to %d", s.ProductoID,
					versions[s.ProductoID], s.Version)
			}
			versions[s.ProductoID] = s.Version
		}
		if seen != len(before) {
			r.record.Violate("conservation", "%d of %d products are there", seen, len(before))
		}
	}
}

// ledger makes inventario verify its own ledger.
func (r *reader) ledger(ctx context.Context) {
	for pause(ctx, 500*time.Millisecond) {
		r.verify()
	}
}

// verify reports whether there was an answer.
func (r *reader) verify() bool {
	var v struct {
		Productos     int64             `json:"productos"`
		Discrepancias []json.RawMessage `json:"discrepancias"`
	}
	if !r.get("inventario", "/inventario/verificacion", &v) {
		return false
	}
	r.record.count(verifications, 1)
	if len(v.Discrepancias) > 0 || v.Productos < int64(len(r.record.Snapshot())) {
		r.record.Violate("ledger", "verificacion says %+v", v)
	}
	return true
}

// orders reads the newest orders of all customers.
func (r *reader) orders(ctx context.Context) {
	for pause(ctx, 150*time.Millisecond) {
		var all []view
		begin := time.Now()
		if !r.get("pedidos", "/pedidos?limite=40", &all) {
			continue
		}
		told := Told{Begin: begin, End: time.Now(), Status: 200}
		for _, v := range all {
			r.record.See(v, told)
		}
	}
}

// get reads JSON; false when there is no answer because of a fault.
func (r *reader) get(service, path string, out any) bool {
	switch told := r.look(service, path, r.token); told.Status {
	case 200:
		err := json.Unmarshal(told.Answer.Body, out)
		if err != nil {
			r.record.Violate("harness", "GET %s: %v: %s", path, err, told.Answer.Body)
		}
		return err == nil
	case 0:
	case 503:
		if r.record.calm.during(told.Begin, told.End) {
			r.record.Violate("calm", "GET %s: 503 while nothing was broken: %s", path, told.Answer.Body)
		}
	default:
		r.record.Violate("unexpected answer", "GET %s: %s %s", path, told.verdict(), told.Answer.Body)
	}
	return false
}

// pages reads a list to its end; false when a page could not be read.
func pages[T any](r *reader, service, path string) (all []T, ok bool) {
	for path != "" {
		told := r.look(service, path, r.token)
		var page []T
		if told.Status != 200 || json.Unmarshal(told.Answer.Body, &page) != nil {
			return nil, false
		}
		all = append(all, page...)
		path = told.Answer.Next(path)
	}
	return all, true
}
