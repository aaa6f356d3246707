package chaos

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// stocks checks that at the end every unit is accounted for, exactly.
func (r *run) stocks(look *reader, orders map[int64]view) {
	held, sold := map[int64]int64{}, map[int64]int64{}
	for _, v := range orders {
		for _, l := range v.Lineas {
			switch v.Fase {
			case "RESERVADO", "ACEPTADO":
				held[l.ProductoID] += l.Cantidad
			case "COMPLETADO":
				sold[l.ProductoID] += l.Cantidad
			}
		}
	}
	list, ok := pages[stock](look, "inventario", "/inventario?limite=200")
	if !ok {
		r.record.Violate("stock", "inventario does not answer")
		return
	}
	now := map[int64]stock{}
	for _, s := range list {
		now[s.ProductoID] = s
	}
	moved, put := r.ledgers(look, now)
	r.returns(look, orders, put)
	for product, u := range r.record.Snapshot() {
		s := now[product]
		if what := s.contradiction(u, u); what != "" {
			r.record.Violate("stock", "product %d in the end: %s", product, what)
		}
		if s.Reservado != held[product] {
			r.record.Violate("stock", "product %d: reservado is %d, open orders hold %d", product, s.Reservado, held[product])
		}
		if want := u.initial + moved[product] - sold[product]; s.Fisico != want {
			r.record.Violate("stock", "product %d: %d at first, %d by hand, %d sold make %d, fisico is %d", product, u.initial,
				moved[product], sold[product], want, s.Fisico)
		}
	}
	if !look.verify() {
		r.record.Violate("ledger", "inventario does not verify its ledger")
	}
}

// deadlocks: PostgreSQL must never have ended a transaction for a deadlock. A kill resets its counter, so the counter is read
// all the time.
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

// logs checks that nothing panicked, and that a fault explains each logged error.
func (r *run) logs() {
	for _, name := range r.shop.Instances() {
		for _, entry := range r.shop.Log(name) {
			if entry["level"] == "ERROR" {
				r.record.Violate("log", "%s: %v", name, entry)
			}
		}
		if _, after, panicked := strings.Cut(r.shop.Output(name), "panic"); panicked {
			r.record.Violate("log", "%s: panic%.2000s", name, after)
		}
	}
}
