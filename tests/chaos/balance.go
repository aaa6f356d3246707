package chaos

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// stocks: in the end every unit is accounted for, exactly.
func (r *run) stocks(look *reader, orders map[int64]view) {
	held, sold := map[int64]int64{}, map[int64]int64{}
	for _, v := range orders {
		for _, l := range v.Lineas {
			switch v.Fase {
			case "RESERVADO":
				held[l.ProductoID] += l.Cantidad
			case "COMPLETADO":
				sold[l.ProductoID] += l.Cantidad
			}
		}
	}
	all, ok := pages[stock](look, "inventario", "/inventario?limite=200")
	if !ok {
		r.record.Violate("stock", "inventario does not answer")
		return
	}
	known := r.record.Snapshot()
	for _, s := range all {
		u, ours := known[s.ProductoID]
		if !ours {
			continue
		}
		if what := s.contradiction(u, u); what != "" {
			r.record.Violate("stock", "product %d in the end: %s", s.ProductoID, what)
		}
		if s.Reservado != held[s.ProductoID] {
			r.record.Violate("stock", "product %d: reservado is %d, open orders hold %d", s.ProductoID, s.Reservado, held[s.ProductoID])
		}
		low, high := r.record.moved(s.ProductoID)
		if n := s.Fisico - u.initial + sold[s.ProductoID]; n < low || n > high {
			r.record.Violate("stock", "product %d: %d at first, %d sold, %d now: by hand came %d to %d", s.ProductoID, u.initial,
				sold[s.ProductoID], s.Fisico, low, high)
		}
	}
}

// moved is what came by hand, less what left: a range where a client does not know what became of a wish.
func (r *Record) moved(product int64) (low, high int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.asks {
		if a.Kind != "move" || a.Lines[0].ProductoID != product {
			continue
		}
		n := a.Lines[0].Cantidad
		switch {
		case a.Final != nil && a.Final.Status == 200:
			low, high = low+n, high+n
		case a.Final == nil:
			low, high = low+min(n, 0), high+max(n, 0)
		}
	}
	return low, high
}

func (r *run) verify(look *reader) {}

// deadlocks: PostgreSQL must never have had to choose a victim. It forgets the number when it is killed, so it is asked all the time.
func (r *run) deadlocks(ctx context.Context) {
	db, err := sql.Open("pgx", r.cluster.URL())
	if err != nil {
		r.record.Violate("harness", "%v", err)
		return
	}
	defer db.Close()
	for pause(ctx, 250*time.Millisecond) {
		asking, cancel := context.WithTimeout(ctx, time.Second)
		var n int
		if db.QueryRowContext(asking, "SELECT coalesce(sum(deadlocks), 0) FROM pg_stat_database").Scan(&n) == nil && n > 0 {
			r.record.Violate("deadlock", "PostgreSQL has resolved %d", n)
			cancel()
			return
		}
		cancel()
	}
}

// logs: nothing panicked, and nothing is logged as an error that no fault explains.
func (r *run) logs() {
	for _, service := range []string{"auth", "productos", "inventario", "pedidos"} {
		for _, name := range r.shop.Instances(service) {
			for _, entry := range r.shop.Log(name) {
				if entry["level"] == "ERROR" {
					r.record.Violate("log", "%s: %v", name, entry)
				}
			}
			if text := r.shop.Output(name); strings.Contains(text, "panic") {
				r.record.Violate("log", "%s panicked: %.2000s", name, text[strings.Index(text, "panic"):])
			}
		}
	}
}
