package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/tienda-go/tienda/pedidos/domain"
)

const (
	obrerosReconciliar = 8                                  // orders and returns worked on at the same time
	loteReconciliar    = obrerosReconciliar                 // orders leased at a time, and returns
	plazoReconciliar   = 4 * time.Second                    // of one order or return
	arriendoReconcile  = 2*plazoReconciliar + 2*time.Second // of what is leased: a crash leaves it for so long
	maxEspera          = 5 * time.Second                    // between two tries of an order
)

// backoff waits 250 ms after the first failure and doubles up to maxEspera, so that an order is finished within seconds of
// its peer's return.
func backoff(intentos int) time.Duration {
	return min(250*time.Millisecond<<min(max(intentos, 0), 10), maxEspera)
}

// Reconciliar runs until ctx ends: it finishes or undoes what requests left. Every instance runs one; leases keep them from
// doing the same work twice, and if they do, nothing happens twice.
func (s *Servicio) Reconciliar(ctx context.Context) {
	ticker := time.NewTicker(s.ritmo)
	defer ticker.Stop()
	failing := false // and the log has said so
	for {
		n, err := s.ReconciliarLote(ctx)
		switch {
		case err != nil && ctx.Err() == nil && !failing:
			s.d.Log.WarnContext(ctx, "reconciler cannot read its work", "error", err)
			failing = true
		case err == nil && failing:
			s.d.Log.InfoContext(ctx, "reconciler reads its work again")
			failing = false
		}
		if n >= loteReconciliar {
			s.avisar() // there is more
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.aviso:
		}
	}
}

// ReconciliarLote takes orders and returns whose time has come and drives each until it rests or waits; it returns how many it took.
func (s *Servicio) ReconciliarLote(ctx context.Context) (int, error) {
	ahora := s.d.Reloj()
	hasta := ahora.Add(arriendoReconcile)
	pedidos, err := s.d.Pendientes.Tomar(ctx, ahora, hasta, loteReconciliar)
	devoluciones, errDevoluciones := s.d.Reposiciones.TomarDevoluciones(ctx, ahora, hasta, loteReconciliar)
	var obreros sync.WaitGroup
	turnos := make(chan struct{}, obrerosReconciliar)
	repartir := func(paso func(ctx context.Context)) {
		turnos <- struct{}{}
		obreros.Go(func() {
			defer func() { <-turnos }()
			ctx, cancel := context.WithTimeout(ctx, plazoReconciliar)
			defer cancel()
			paso(ctx)
		})
	}
	for _, p := range pedidos {
		repartir(func(ctx context.Context) { s.reconciliar(ctx, p) })
	}
	for _, d := range devoluciones {
		repartir(func(ctx context.Context) { s.reponer(ctx, d) })
	}
	obreros.Wait()
	return len(pedidos) + len(devoluciones), errors.Join(err, errDevoluciones)
}

func (s *Servicio) reconciliar(ctx context.Context, p *domain.Pedido) {
	decidido, err := s.decidirPorSistema(ctx, p)
	if err != nil {
		s.d.Log.WarnContext(ctx, "order left to its lease", "pedido_id", p.ID(), "error", err)
		return
	}
	hecho, causa := s.conducir(ctx, decidido)
	if causa == nil {
		s.d.Log.DebugContext(ctx, "order reconciled",
			"pedido_id", p.ID(), "desde", p.Fase(), "hasta", hecho.Fase(), "motivo", hecho.Motivo())
		return
	}
	level := slog.LevelWarn
	if decidido.Intentos() > 0 {
		level = slog.LevelDebug // the first attempt has said it
	}
	s.d.Log.Log(ctx, level, "order not reconciled yet",
		"pedido_id", p.ID(), "fase", hecho.Fase(), "intentos", hecho.Intentos(), "error", causa)
}

// decidirPorSistema settles what no request will settle any more: an order whose request died before its reservation was
// confirmed, unless its client will ask again, and one past its expiry. Decisions already taken stay, and are tried again.
func (s *Servicio) decidirPorSistema(ctx context.Context, p *domain.Pedido) (*domain.Pedido, error) {
	return s.continuar(ctx, p, func(p *domain.Pedido) error {
		ahora := s.d.Reloj()
		arriendo := ahora.Add(arriendoReconcile)
		switch {
		case p.Fase() == domain.FaseRecibido && !p.ConClave():
			return p.Cancelar(domain.Decision{Motivo: domain.MotivoSistema}, ahora, arriendo)
		case p.Vencido(ahora):
			return p.Cancelar(domain.Decision{Motivo: domain.MotivoExpirado}, ahora, arriendo)
		default:
			p.Intentar(ahora, arriendo)
			return nil
		}
	})
}
