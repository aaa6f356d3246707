package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// CrearPedido is what a customer orders.
type CrearPedido struct {
	UsuarioID int64
	Lineas    []domain.LineaPedida
	ConClave  bool  // the request has an Idempotency-Key: its client will ask again
	Reanudar  int64 // the order that an earlier try of the same request placed; 0 = none
}

// Crear places an order and reserves its units, or takes up the order that an earlier try placed.
//
// Without leaving an order: fault.ErrInvalid, domain.ErrMonedasMezcladas, domain.ErrProductoNoExiste,
// domain.ErrProductoNoDisponible, domain.ErrPrecioCambiado, domain.ErrDemasiadosAbiertos,
// domain.ErrDemasiadosRechazos, fault.ErrUnavailable while the
// catalogue is down. Leaving it cancelled: domain.ErrStockInsuficiente with `pedido_id`. fault.ErrUnavailable when inventario
// did not answer: without a key no unit stays held, with one the order is driven forward until the client asks again.
func (s *Servicio) Crear(ctx context.Context, c CrearPedido) (*domain.Pedido, error) {
	p, err := s.comenzar(ctx, c)
	if err != nil {
		return nil, err
	}
	hecho, err := s.avanzar(ctx, p)
	switch {
	case err != nil && p.ConClave():
		return nil, s.dejar(ctx, p, err)
	case err != nil:
		return nil, s.abandonar(ctx, p, err)
	case hecho.Motivo() == domain.MotivoSinStock && !hecho.Fase().Final():
		return nil, noCompletado(errors.New("refused for want of stock; its reservation is not closed yet"), enMarcha)
	case hecho.Motivo() == domain.MotivoSinStock:
		return nil, fault.From(&domain.SinStock{Faltas: hecho.Faltas()}).With("pedido_id", hecho.ID())
	case hecho.Motivo() == domain.MotivoSistema && !hecho.ConClave():
		return nil, noCompletado(errors.New("the order was cancelled by the system meanwhile"), sinReserva)
	}
	return hecho, nil
}

// comenzar stores the order, or finds the one that an earlier try stored.
func (s *Servicio) comenzar(ctx context.Context, c CrearPedido) (*domain.Pedido, error) {
	if c.Reanudar != 0 {
		return s.d.Pedidos.Actualizar(ctx, c.Reanudar, func(p *domain.Pedido) error {
			if p.Fase() == domain.FaseRecibido {
				p.Intentar(s.d.Reloj(), s.arriendo(ctx))
			}
			return nil
		})
	}
	if err := s.comprobarRechazos(ctx, c.UsuarioID); err != nil {
		return nil, err
	}
	p, err := s.redactar(ctx, c)
	if err != nil {
		return nil, err
	}
	// Durable before anything is asked of inventario: a crash from here on leaves a row that the reconciler finds.
	if err := s.d.Pedidos.Crear(ctx, p, s.d.MaxAbiertos); err != nil {
		return nil, fmt.Errorf("guardar pedido: %w", err)
	}
	s.d.Log.InfoContext(ctx, "order created", "pedido_id", p.ID(), "usuario_id", p.UsuarioID(), "lineas", len(p.Lineas()), "total", p.Total())
	return p, nil
}

const ventanaRechazos = 24 * time.Hour

// comprobarRechazos comes before any work is done: refused orders cost a row here and one at inventario each. Orders that are
// under way at the same time may all pass.
func (s *Servicio) comprobarRechazos(ctx context.Context, usuarioID int64) error {
	if s.d.MaxRechazos == 0 {
		return nil
	}
	ahora := s.d.Reloj()
	cuando, ok, err := s.d.Rechazos.Rechazo(ctx, usuarioID, ahora.Add(-ventanaRechazos), s.d.MaxRechazos)
	if err != nil {
		return fmt.Errorf("contar rechazos: %w", err)
	}
	if ok {
		return domain.DemasiadosRechazos(s.d.MaxRechazos, cuando.Add(ventanaRechazos).Sub(ahora))
	}
	return nil
}

// redactar prices the order with one call to the catalogue.
func (s *Servicio) redactar(ctx context.Context, c CrearPedido) (*domain.Pedido, error) {
	lineas, err := domain.SumarLineas(c.Lineas)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(lineas))
	for i, l := range lineas {
		ids[i] = l.ProductoID
	}
	catalogo, err := s.d.Catalogo.Articulos(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("consultar catálogo: %w", err)
	}
	ahora := s.d.Reloj()
	var expira time.Time
	if s.d.Expira > 0 {
		expira = ahora.Add(s.d.Expira)
	}
	return domain.NewPedido(domain.Nuevo{
		UsuarioID: c.UsuarioID, ReservaID: s.d.NuevoID(), Lineas: lineas, Catalogo: catalogo,
		Ahora: ahora, ExpiraEn: expira, RevisarEn: s.arriendo(ctx), ConClave: c.ConClave,
	})
}

// dejar hands an order whose client will ask again to the reconciler, which drives it forward meanwhile.
func (s *Servicio) dejar(ctx context.Context, p *domain.Pedido, causa error) error {
	ctx, cancel := cierre(ctx)
	defer cancel()
	if _, err := s.aplazar(ctx, p, causa); err != nil {
		s.d.Log.WarnContext(ctx, "order left to its lease", "pedido_id", p.ID(), "error", err)
	}
	s.avisar()
	return noCompletado(causa, enMarcha)
}

// abandonar decides that an order whose reservation is in doubt ends, and hands it to the reconciler. If not even that can
// be written, the reconciler decides the same when the row's lease is over.
func (s *Servicio) abandonar(ctx context.Context, p *domain.Pedido, causa error) error {
	ctx, cancel := cierre(ctx)
	defer cancel()
	ahora := s.d.Reloj()
	_, err := s.d.Pedidos.Actualizar(ctx, p.ID(), func(p *domain.Pedido) error {
		if p.Fase() == domain.FaseRecibido {
			p.Aplazar(causa.Error(), ahora, ahora)
		}
		return p.Cancelar(domain.Decision{Motivo: domain.MotivoSistema}, ahora, ahora)
	})
	if err != nil {
		s.d.Log.WarnContext(ctx, "order left to its lease", "pedido_id", p.ID(), "error", err)
	}
	s.avisar()
	return noCompletado(causa, sinReserva)
}

// What a client does about an order that did not come about.
const (
	sinReserva = "No se pudo completar el pedido; no se ha reservado nada. Repítalo en unos segundos."
	enMarcha   = "El pedido está guardado y sigue en marcha. Repita la petición con la misma Idempotency-Key en unos segundos."
)

// noCompletado is the 503 of an order that did not come about yet.
func noCompletado(causa error, detalle string) error {
	e := fault.ErrUnavailable.New(detalle).Because(causa)
	if f := fault.From(causa); f.RetryAfter > 0 {
		e.After(f.RetryAfter)
	}
	return e
}
