package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

const (
	obrerosReconciliar = 8                                  // orders and returns worked on at the same time
	loteReconciliar    = obrerosReconciliar                 // orders leased at a time, and returns
	plazoReconciliar   = 4 * time.Second                    // of one order or return, and to read which are due
	arriendoReconcile  = 2*plazoReconciliar + 2*time.Second // of a lease: after a crash the row waits for its end
	maxEspera          = 5 * time.Second                    // between two attempts of an order
)

// backoff waits 250 ms after the first failure and doubles up to maxEspera, so that an order ends within seconds after its peer
// is up again.
func backoff(intentos int) time.Duration {
	return min(250*time.Millisecond<<min(max(intentos, 0), 10), maxEspera)
}

// Reconciliar finishes or undoes what requests left, until ctx ends. Every instance runs it: leases prevent that two work on an
// order, and repeated steps change nothing.
func (s *Servicio) Reconciliar(ctx context.Context) {
	ticker := time.NewTicker(s.ritmo)
	defer ticker.Stop()
	fallo := logging.Outage{Log: s.d.Log, Fails: "reconciler cannot do its work", Works: "reconciler does its work again"}
	for {
		n, err := s.ReconciliarLote(ctx)
		fallo.Saw(ctx, err)
		if n >= loteReconciliar {
			s.avisar() // there may be more work
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.aviso:
		}
	}
}

// ReconciliarLote leases orders and returns whose time has come, drives each until it rests or waits, and cancels the abandoned
// orders; it returns how many it leased.
func (s *Servicio) ReconciliarLote(ctx context.Context) (int, error) {
	pedidos, devoluciones, err := s.tomar(ctx)
	abandonados, errAbandonados := s.d.Abandonados.Todos()
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
	fallos := make([]error, len(abandonados))
	for i, p := range abandonados {
		repartir(func(ctx context.Context) { fallos[i] = s.deshacer(ctx, p) })
	}
	obreros.Wait()
	return len(pedidos) + len(devoluciones), errors.Join(append(fallos, err, errAbandonados)...)
}

// tomar leases what is due. The answers of a database may be lost without a sign, so it has a time of its own.
func (s *Servicio) tomar(ctx context.Context) ([]*domain.Pedido, []*domain.Devolucion, error) {
	ctx, cancel := context.WithTimeout(ctx, plazoReconciliar)
	defer cancel()
	ahora := s.d.Reloj()
	hasta := ahora.Add(arriendoReconcile)
	pedidos, err := s.d.Pendientes.Tomar(ctx, ahora, hasta, loteReconciliar)
	devoluciones, errDevoluciones := s.d.Reposiciones.TomarDevoluciones(ctx, ahora, hasta, loteReconciliar)
	return pedidos, devoluciones, errors.Join(err, errDevoluciones)
}

// abandonar remembers an order that its client hears is not kept, and that cannot be cancelled now: the database is away. It may
// have stored the reservation and lost only its answer: such an order rests, and has no lease that ends (ADR 17).
func (s *Servicio) abandonar(ctx context.Context, p *domain.Pedido) {
	if err := s.d.Abandonados.Anotar(ports.Abandonado{PedidoID: p.ID(), ReservaID: p.ReservaID()}); err != nil {
		s.d.Log.ErrorContext(ctx, "abandoned order kept in memory only", "pedido_id", p.ID(), "error", err)
	}
}

// deshacer cancels an abandoned order.
func (s *Servicio) deshacer(ctx context.Context, abandonado ports.Abandonado) error {
	_, err := s.actualizar(ctx, idempotency.Key{}, abandonado.PedidoID, func(p *domain.Pedido) error {
		if p.ReservaID() != abandonado.ReservaID {
			return nil // the database was restored, and has given the id to another order
		}
		return s.retirar(p)
	})
	if err != nil && !errors.Is(err, domain.ErrPedidoNoExiste) { // which a restore has removed
		return err
	}
	if err := s.d.Abandonados.Borrar(abandonado); err != nil {
		return err
	}
	s.avisar() // its units are released by the next batch
	return nil
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
		level = slog.LevelDebug // the first attempt has logged a warning
	}
	s.d.Log.Log(ctx, level, "order not reconciled yet",
		"pedido_id", p.ID(), "fase", hecho.Fase(), "intentos", hecho.Intentos(), "error", causa)
}

// decidirPorSistema decides for orders without a request: it cancels an unconfirmed order, unless its client repeats the request,
// and an expired one. Earlier decisions stay, and their step is repeated.
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
