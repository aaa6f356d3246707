package app

import (
	"context"
	"log/slog"
	"slices"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// Devolver is the command to take units of an order back.
type Devolver struct {
	Clave    idempotency.Key
	PedidoID int64
	Lineas   []domain.LineaPedida // units by product
	Reponer  bool                 // the units go back on sale
	Motivo   string
}

// Devolver takes units of a completed order back. The return is stored when it returns without an error; while inventario is down
// the return is EN_CURSO, and the reconciler finishes it.
//
// domain.ErrPedidoNoExiste, fault.ErrForbidden, fault.ErrInvalid, domain.ErrTransicionIlegal, domain.ErrDevolucionExcesiva,
// fault.ErrUnavailable (nothing was stored).
func (s *Servicio) Devolver(ctx context.Context, quien domain.Solicitante, c Devolver) (*domain.Devolucion, error) {
	p, err := s.Obtener(ctx, quien, c.PedidoID)
	if err != nil {
		return nil, err
	}
	if err := quien.PuedeGestionar(); err != nil {
		return nil, err
	}
	d, err := s.guardarDevolucion(ctx, p, quien, c)
	if err != nil {
		return nil, err
	}
	return s.reponer(ctx, d), nil
}

// guardarDevolucion stores the return, with the id of its movement at inventario, or finds the return of an earlier try.
func (s *Servicio) guardarDevolucion(
	ctx context.Context, p *domain.Pedido, quien domain.Solicitante, c Devolver,
) (*domain.Devolucion, error) {
	lineas, err := domain.SumarLineas(c.Lineas)
	if err != nil {
		return nil, err
	}
	n := domain.NuevaDevolucion{
		MovimientoID: s.d.NuevoID(), Lineas: lineas, Pedidas: c.Lineas, Reponer: c.Reponer, Motivo: c.Motivo, Autor: quien.Autor(),
		Peticion: s.d.Peticion(ctx), Ahora: s.d.Reloj(), RevisarEn: s.arriendo(ctx),
	}
	d, err := s.d.Devoluciones.Crear(ctx, c.Clave, p.ID(),
		func(devuelto map[int64]int64) (*domain.Devolucion, error) { return p.Devolver(n, devuelto) })
	if err == nil && !c.Clave.Resumed() {
		s.d.Log.InfoContext(ctx, "return created", "devolucion_id", d.ID(), "pedido_id", p.ID(), "reponer", d.Reponer())
	}
	return d, err
}

// reponer puts the units of a return back on the shelf, and returns the return as it is stored then. A repetition changes
// nothing.
func (s *Servicio) reponer(ctx context.Context, d *domain.Devolucion) *domain.Devolucion {
	if d.Fase() == domain.DevolucionHecha {
		return d
	}
	despues := *d
	if err := s.d.Reservas.Reponer(ctx, d.MovimientoID(), d.PedidoID(), d.Lineas()); err != nil {
		level := slog.LevelWarn
		if d.Intentos() > 0 {
			level = slog.LevelDebug // the first attempt has logged a warning
		}
		s.d.Log.Log(ctx, level, "return left to the reconciler", "devolucion_id", d.ID(), "intentos", d.Intentos()+1, "error", err)
		despues.Aplazar(err.Error(), s.d.Reloj().Add(s.espera(d.Intentos())))
	} else {
		despues.Hecha(s.d.Reloj())
	}
	final, cancel := desligado(ctx)
	defer cancel()
	if err := s.d.Devoluciones.Anotar(final, &despues); err != nil {
		s.d.Log.WarnContext(ctx, "return left to its lease", "devolucion_id", d.ID(), "error", err)
		return d
	}
	return &despues
}

// Devoluciones reads the returns of an order, the newest first. domain.ErrPedidoNoExiste, also for an order that the caller may
// not see; fault.ErrUnavailable.
func (s *Servicio) Devoluciones(
	ctx context.Context, quien domain.Solicitante, pedidoID, antesDe int64, limite int,
) ([]*domain.Devolucion, error) {
	if _, err := s.Obtener(ctx, quien, pedidoID); err != nil {
		return nil, err
	}
	return s.d.Devoluciones.DePedido(ctx, pedidoID, antesDe, limite)
}

// maxDevoluciones is how many returns the story of an order has: the newest.
const maxDevoluciones = 50

// Historia reads an order with its story: its own steps, and those of its returns. See Obtener for its errors.
func (s *Servicio) Historia(ctx context.Context, quien domain.Solicitante, id int64) (*domain.Pedido, []domain.Paso, error) {
	p, err := s.Obtener(ctx, quien, id)
	if err != nil {
		return nil, nil, err
	}
	if p.Fase() != domain.FaseCompletado {
		return p, p.Pasos(), nil
	}
	devoluciones, err := s.d.Devoluciones.DePedido(ctx, id, 0, maxDevoluciones)
	if err != nil {
		return nil, nil, err
	}
	pasos := slices.Clone(p.Pasos())
	for _, d := range slices.Backward(devoluciones) {
		pasos = append(pasos, d.Pasos()...)
	}
	return p, pasos, nil
}
