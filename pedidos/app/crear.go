package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// CrearPedido is the command to create an order.
type CrearPedido struct {
	Clave  idempotency.Key
	Lineas []domain.LineaPedida
}

// Crear creates an order and reserves its units, or continues the order of an earlier try.
//
// Without an order: fault.ErrInvalid, domain.ErrMonedasMezcladas, domain.ErrProductoNoExiste, domain.ErrProductoNoDisponible,
// domain.ErrPrecioCambiado, domain.ErrLimitePorCliente, domain.ErrDemasiadosAbiertos, domain.ErrDemasiadosRechazos,
// fault.ErrUnavailable while the catalogue is down. Leaving it cancelled: domain.ErrStockInsuficiente with `pedido_id`.
// fault.ErrUnavailable, or fault.ErrDeadline, when inventario did not answer in time: without a key no unit stays held, with one
// the order is driven forward until the client asks again. An order that was cancelled meanwhile for another reason is returned
// as it is.
func (s *Servicio) Crear(ctx context.Context, quien domain.Solicitante, c CrearPedido) (*domain.Pedido, error) {
	p, err := s.comenzar(ctx, quien, c)
	if err != nil {
		return nil, err
	}
	p, causa := s.conducir(ctx, p)
	switch p.Desenlace() {
	case domain.Agotado:
		return nil, sinStock(p, c.Lineas)
	case domain.EnMarcha:
		return nil, s.noCompletado(ctx, causa,
			"El pedido está guardado y sigue en marcha. Repita la petición con la misma Idempotency-Key en unos segundos.")
	case domain.Anulado:
		return nil, s.noCompletado(ctx, causa, "No se pudo completar el pedido; no se ha reservado nada. Repítalo en unos segundos.")
	default:
		return p, nil
	}
}

// sinStock is the refusal of an order without stock, with the fields that the client wrote.
func sinStock(p *domain.Pedido, pedidas []domain.LineaPedida) error {
	e := fault.From(&domain.SinStock{Faltas: p.Faltas()}).With("pedido_id", p.ID())
	for _, falta := range p.Faltas() {
		domain.Senalar(e, pedidas, falta.ProductoID, fault.Field{
			Campo: "cantidad", Codigo: "FUERA_DE_RANGO", Mensaje: "Quedan " + strconv.FormatInt(falta.Disponible, 10) + ".",
		})
	}
	return e
}

// comenzar stores the order, or finds the order of an earlier try.
func (s *Servicio) comenzar(ctx context.Context, quien domain.Solicitante, c CrearPedido) (*domain.Pedido, error) {
	anterior, reanudar, err := idempotency.Effect[int64](c.Clave)
	if err != nil {
		return nil, err
	}
	if reanudar {
		return s.actualizar(ctx, idempotency.Key{}, anterior, func(p *domain.Pedido) error {
			if p.Fase() == domain.FaseRecibido {
				p.Intentar(s.d.Reloj(), s.arriendo(ctx))
			}
			return nil
		})
	}
	p, err := s.redactar(ctx, quien, c)
	if err != nil {
		return nil, err
	}
	// Stored before the first call to inventario: after a crash the reconciler finds the row.
	topes := s.d.Topes
	topes.Desde = p.CreadoEn().Add(-ventanaRechazos)
	if err := s.d.Pedidos.Crear(ctx, c.Clave, p, topes); err != nil {
		var limite *domain.LimiteSuperado
		if errors.As(err, &limite) {
			return nil, limite.Para(c.Lineas)
		}
		return nil, fmt.Errorf("guardar pedido: %w", err)
	}
	s.d.Log.InfoContext(ctx, "order created",
		"pedido_id", p.ID(), "usuario_id", p.UsuarioID(), "lineas", len(p.Lineas()), "total", p.Total())
	return p, nil
}

// ventanaRechazos is for how long a refused order counts.
const ventanaRechazos = 24 * time.Hour

// redactar prices the order with one call to the catalogue.
func (s *Servicio) redactar(ctx context.Context, quien domain.Solicitante, c CrearPedido) (*domain.Pedido, error) {
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
		Cliente: quien, ReservaID: s.d.NuevoID(), Lineas: lineas, Pedidas: c.Lineas, Catalogo: catalogo, Peticion: s.d.Peticion(ctx),
		Ahora: ahora, ExpiraEn: expira, RevisarEn: s.arriendo(ctx), ConClave: c.Clave.Given(),
	})
}

// noCompletado is the 503 of an order without an outcome; detalle says what the client can do. The code says whether a peer is
// down or the request's time is over. The reconciler of this process continues the order at once.
func (s *Servicio) noCompletado(ctx context.Context, causa error, detalle string) error {
	s.avisar()
	if causa == nil {
		causa = errors.New("another request or the reconciler has cancelled the order")
	}
	clase := fault.ErrUnavailable
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		clase = fault.ErrDeadline
	}
	return clase.New(detalle).Because(causa).After(fault.From(causa).RetryAfter)
}
