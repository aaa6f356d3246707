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
}

// Crear places an order and reserves its units.
//
// Without leaving an order: fault.ErrInvalid, domain.ErrMonedasMezcladas, domain.ErrProductoNoExiste,
// domain.ErrProductoNoDisponible, domain.ErrPrecioCambiado, fault.ErrUnavailable while the catalogue is down. Leaving it
// cancelled: domain.ErrStockInsuficiente with `pedido_id`; fault.ErrUnavailable when inventario did not answer, and then no
// unit stays held.
func (s *Servicio) Crear(ctx context.Context, c CrearPedido) (*domain.Pedido, error) {
	p, err := s.redactar(ctx, c)
	if err != nil {
		return nil, err
	}
	// Durable before anything is asked of inventario: a crash from here on leaves a row that the reconciler finds.
	if err := s.d.Pedidos.Crear(ctx, p); err != nil {
		return nil, fmt.Errorf("guardar pedido: %w", err)
	}
	err = s.d.Reservas.Reservar(ctx, p.ReservaID(), p.Lineas())
	if errors.Is(err, domain.ErrStockInsuficiente) {
		return nil, s.rechazar(ctx, p.ID(), err)
	}
	if err != nil {
		return nil, s.abandonar(ctx, p.ID(), fmt.Errorf("reservar stock: %w", err))
	}
	reservado, err := s.d.Pedidos.Actualizar(ctx, p.ID(), func(p *domain.Pedido) error { return p.Reservar(s.d.Reloj()) })
	if err != nil {
		return nil, s.abandonar(ctx, p.ID(), fmt.Errorf("anotar reserva: %w", err))
	}
	return reservado, nil
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
		Ahora: ahora, ExpiraEn: expira, RevisarEn: s.arriendo(ctx),
	})
}

// rechazar keeps an order for which there is no stock, cancelled, and tells the client which order that is.
func (s *Servicio) rechazar(ctx context.Context, id int64, sinStock error) error {
	ctx, cancel := cierre(ctx)
	defer cancel()
	_, err := s.d.Pedidos.Actualizar(ctx, id, func(p *domain.Pedido) error { return p.RechazarSinStock(s.d.Reloj()) })
	if err != nil {
		// The row keeps its lease; the reconciler releases an id that holds nothing, and cancels the order.
		return noCompletado(fmt.Errorf("anotar falta de stock: %w", err))
	}
	return fault.From(sinStock).With("pedido_id", id)
}

// abandonar decides that an order whose reservation is in doubt ends, and hands it to the reconciler. If not even that can
// be written, the reconciler decides the same when the row's lease is over.
func (s *Servicio) abandonar(ctx context.Context, id int64, causa error) error {
	ctx, cancel := cierre(ctx)
	defer cancel()
	ahora := s.d.Reloj()
	_, err := s.d.Pedidos.Actualizar(ctx, id, func(p *domain.Pedido) error {
		return p.Cancelar(domain.MotivoSistema, "", ahora, ahora)
	})
	if err != nil {
		s.d.Log.WarnContext(ctx, "order left to its lease", "pedido_id", id, "error", err)
	}
	s.avisar()
	return noCompletado(causa)
}

// noCompletado is the 503 of an order that did not come about; nothing stays open or held because of it.
func noCompletado(causa error) error {
	e := fault.ErrUnavailable.New("No se pudo completar el pedido; no se ha reservado nada. Repítalo en unos segundos.").Because(causa)
	if f := fault.From(causa); f.RetryAfter > 0 {
		e.After(f.RetryAfter)
	}
	return e
}
