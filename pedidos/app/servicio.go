// Package app holds the use cases of pedidos, one file each, and the reconciler, which finishes orders after a crash, a timeout
// or an outage.
//
// The sequence of writes keeps the stock right: an order is stored before the first call to inventario, a decision (cancel,
// complete) before its call, and every call can be repeated. Requests and the reconciler drive an order by the same loop and the
// same table of phases, so that a late request changes nothing.
package app

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

const (
	// A row is leased to its request until the request's deadline and this time more, for a late write.
	leaseMargin = 5 * time.Second
	// The deadline of a request without one.
	defaultDeadline = 10 * time.Second
	// The time to store a decision after the request's deadline.
	closingTimeout = 3 * time.Second
)

// Dependencias is what the use cases need from outside.
type Dependencias struct {
	Pedidos      ports.Pedidos
	Pendientes   ports.Pendientes
	Devoluciones ports.Devoluciones
	Reposiciones ports.Reposiciones
	Abandonados  ports.Abandonados
	Catalogo     ports.Catalogo
	Reservas     ports.Reservas
	Reloj        func() time.Time                 // UTC, microseconds
	NuevoID      func() string                    // a random UUID
	Peticion     func(ctx context.Context) string // the id of the request of ctx; "" = none
	Topes        domain.Topes                     // of one customer; Desde is set for each order
	Expira       time.Duration                    // life of an order that is not accepted or completed; 0 = no end
	Log          *slog.Logger
}

// Servicio offers the use cases.
type Servicio struct {
	d      Dependencias
	aviso  chan struct{} // wakes the reconciler
	ritmo  time.Duration // of the reconciler
	espera func(intentos int) time.Duration
}

// New makes the service; every dependency but Log is required.
func New(d Dependencias) *Servicio {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Servicio{d: d, aviso: make(chan struct{}, 1), ritmo: time.Second, espera: backoff}
}

// arriendo is the end of the lease of the request of ctx.
func (s *Servicio) arriendo(ctx context.Context) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = s.d.Reloj().Add(defaultDeadline)
	}
	return deadline.UTC().Truncate(time.Microsecond).Add(leaseMargin)
}

// desligado is a context that does not end with the request, to store a decision after its deadline.
func desligado(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), closingTimeout)
}

// avisar wakes the reconciler of this process without waiting for it.
func (s *Servicio) avisar() {
	select {
	case s.aviso <- struct{}{}:
	default:
	}
}

// cambio is a change of an order; it may run several times.
type cambio = func(*domain.Pedido) error

// actualizar reads an order and changes it, once for the key of a request: see ports.Pedidos.
func (s *Servicio) actualizar(ctx context.Context, clave idempotency.Key, id int64, change cambio) (*domain.Pedido, error) {
	return s.narrar(ctx, change, func(change cambio) (*domain.Pedido, error) {
		return s.d.Pedidos.Actualizar(ctx, clave, id, change)
	})
}

// continuar changes an order that was read before.
func (s *Servicio) continuar(ctx context.Context, p *domain.Pedido, change cambio) (*domain.Pedido, error) {
	return s.narrar(ctx, change, func(change cambio) (*domain.Pedido, error) { return s.d.Pendientes.Continuar(ctx, p, change) })
}

// narrar writes a change for the request of ctx. The write that accepts or ends an order logs it, once.
func (s *Servicio) narrar(
	ctx context.Context, change cambio, write func(cambio) (*domain.Pedido, error),
) (*domain.Pedido, error) {
	var antes domain.Fase // the phase in the last run of change, the one that is stored; "" when an earlier try has made the change
	p, err := write(func(p *domain.Pedido) error {
		antes = p.Fase()
		p.DePeticion(s.d.Peticion(ctx))
		return change(p)
	})
	if err != nil || p.Fase() == antes || antes == "" {
		return p, err
	}
	switch p.Fase() {
	case domain.FaseAceptado:
		s.d.Log.InfoContext(ctx, "order accepted", "pedido_id", p.ID(), "usuario_id", p.UsuarioID())
	case domain.FaseCompletado:
		s.d.Log.InfoContext(ctx, "order completed", "pedido_id", p.ID(), "usuario_id", p.UsuarioID())
	case domain.FaseCancelado:
		s.d.Log.InfoContext(ctx, "order cancelled", "pedido_id", p.ID(), "usuario_id", p.UsuarioID(), "motivo", p.Motivo())
	}
	return p, nil
}

// Obtener reads an order. domain.ErrPedidoNoExiste, also for an order that the caller may not see.
func (s *Servicio) Obtener(ctx context.Context, quien domain.Solicitante, id int64) (*domain.Pedido, error) {
	p, err := s.d.Pedidos.Obtener(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := quien.PuedeVer(p); err != nil {
		return nil, err
	}
	return p, nil
}

// Listar reads the caller's orders, or with AlcanceLeer all orders. fault.ErrForbidden for a filter on the orders of other users.
func (s *Servicio) Listar(ctx context.Context, quien domain.Solicitante, f ports.Filtro) ([]*domain.Pedido, error) {
	if err := quien.PuedeFiltrar(f.ProductoID != 0, cmp.Or(f.UsuarioID, quien.UsuarioID)); err != nil {
		return nil, err
	}
	if !quien.Puede(domain.AlcanceLeer) {
		f.UsuarioID = quien.UsuarioID
	}
	return s.d.Pedidos.Listar(ctx, f)
}

// atascado is how long an order may be in a phase that is not at rest before staff should look: much longer than the reconciler's
// longest wait.
const atascado = time.Minute

// Situacion counts the orders of one phase that is not final, for the metrics.
type Situacion struct {
	Fase     domain.Fase
	Cuantos  int64
	Edad     time.Duration // of the order that has been in the phase longest
	Atascada bool          // staff should look
}

// faseDevolucion is the phase of returns that are EN_CURSO, in the metrics.
const faseDevolucion domain.Fase = "DEVOLUCION"

// Situacion counts the open orders by phase, phases without any included, and the returns that are not done.
func (s *Servicio) Situacion(ctx context.Context) ([]Situacion, error) {
	abiertos, err := s.d.Pendientes.Abiertos(ctx)
	if err != nil {
		return nil, err
	}
	ahora := s.d.Reloj()
	var lista []Situacion
	for _, fase := range domain.Fases {
		if fase.Final() {
			continue
		}
		situacion := Situacion{Fase: fase}
		for _, a := range abiertos {
			if a.Fase == fase {
				situacion.Cuantos, situacion.Edad = a.Cuantos, max(ahora.Sub(a.MasAntiguo), 0)
				situacion.Atascada = !fase.Reposo() && situacion.Edad > atascado
			}
		}
		lista = append(lista, situacion)
	}
	cuantas, desde, err := s.d.Reposiciones.EnCurso(ctx)
	if err != nil {
		return nil, err
	}
	devoluciones := Situacion{Fase: faseDevolucion, Cuantos: cuantas}
	if cuantas > 0 {
		devoluciones.Edad = max(ahora.Sub(desde), 0)
		devoluciones.Atascada = devoluciones.Edad > atascado
	}
	return append(lista, devoluciones), nil
}
