package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tienda-go/tienda/pedidos/domain"
)

const (
	obrerosReconciliar = 8                                  // orders worked on at the same time
	loteReconciliar    = 2 * obrerosReconciliar             // orders leased at a time
	plazoReconciliar   = 4 * time.Second                    // of one order's step
	arriendoReconcile  = 2*plazoReconciliar + 2*time.Second // of the orders leased: a crash leaves them for so long
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
		if n == loteReconciliar {
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

// ReconciliarLote takes orders whose time has come and moves each one step; it returns how many it took.
func (s *Servicio) ReconciliarLote(ctx context.Context) (int, error) {
	ahora := s.d.Reloj()
	pedidos, err := s.d.Pendientes.Tomar(ctx, ahora, ahora.Add(arriendoReconcile), loteReconciliar)
	if err != nil {
		return 0, err
	}
	var obreros sync.WaitGroup
	turnos := make(chan struct{}, obrerosReconciliar)
	for _, p := range pedidos {
		turnos <- struct{}{}
		obreros.Go(func() {
			defer func() { <-turnos }()
			s.reconciliar(ctx, p)
		})
	}
	obreros.Wait()
	return len(pedidos), nil
}

func (s *Servicio) reconciliar(ctx context.Context, p *domain.Pedido) {
	ctx, cancel := context.WithTimeout(ctx, plazoReconciliar)
	defer cancel()
	decidido, err := s.decidirPorSistema(ctx, p)
	if err != nil {
		s.d.Log.WarnContext(ctx, "order left to its lease", "pedido_id", p.ID(), "error", err)
		return
	}
	hecho, err := s.avanzar(ctx, decidido)
	if err == nil {
		s.d.Log.DebugContext(ctx, "order reconciled", "pedido_id", p.ID(), "desde", p.Fase(), "hasta", hecho.Fase(), "motivo", hecho.Motivo())
		return
	}
	level := slog.LevelWarn
	if decidido.Intentos() > 0 {
		level = slog.LevelDebug // it was said at the first try
	}
	s.d.Log.Log(ctx, level, "order not reconciled yet", "pedido_id", p.ID(), "fase", decidido.Fase(), "intentos", decidido.Intentos()+1, "error", err)
	cerrar, done := cierre(ctx)
	defer done()
	if _, err := s.aplazar(cerrar, decidido, err); err != nil {
		s.d.Log.WarnContext(ctx, "order left to its lease", "pedido_id", p.ID(), "error", err)
	}
}

// decidirPorSistema settles what no request will settle any more: an order whose request died before its reservation was
// confirmed, unless its client will ask again, and one past its expiry. Decisions already taken stay, and are tried again.
func (s *Servicio) decidirPorSistema(ctx context.Context, p *domain.Pedido) (*domain.Pedido, error) {
	return s.d.Pedidos.Actualizar(ctx, p.ID(), func(p *domain.Pedido) error {
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

// aplazar leaves the step that intentado asked for to the reconciler. When the order has moved on since, nothing is left to do.
func (s *Servicio) aplazar(ctx context.Context, intentado *domain.Pedido, causa error) (*domain.Pedido, error) {
	return s.d.Pedidos.Actualizar(ctx, intentado.ID(), func(p *domain.Pedido) error {
		if p.Fase() != intentado.Fase() {
			return nil
		}
		ahora := s.d.Reloj()
		p.Aplazar(causa.Error(), ahora, ahora.Add(s.espera(p.Intentos())))
		return nil
	})
}
