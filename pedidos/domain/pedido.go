// Package domain holds the rules of an order: what may be ordered, what it costs, and the closed table of its phases.
//
// A Pedido changes only through methods named after the business; each checks first and changes after. It keeps the name and
// price of each line at the moment of the order, and the id of its reservation, which is chosen before the first call to
// inventario, so that every call can be repeated.
package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"
)

// Pedido is an order: its business, and the work that makes it take effect at inventario.
type Pedido struct {
	negocio Negocio
	encargo Encargo

	peticion string // the id of the request that changes the order now; not stored
	cambiado bool   // since it was read or written
}

// Nuevo is the input of NewPedido.
type Nuevo struct {
	Cliente   Solicitante // owns the order
	ReservaID string
	Lineas    []LineaPedida // from SumarLineas
	Pedidas   []LineaPedida // as the client wrote them, to name their fields in a refusal
	Catalogo  map[int64]Articulo
	Ahora     time.Time
	ExpiraEn  time.Time // zero = never
	RevisarEn time.Time // until then only the request that created it works on it
	ConClave  bool      // the request has an Idempotency-Key
	Peticion  string    // the request's id
}

// NewPedido prices an order in phase RECIBIDO. It returns ErrProductoNoExiste, ErrProductoNoDisponible, ErrPrecioCambiado,
// ErrMonedasMezcladas, or fault.ErrInvalid when the total is too large.
func NewPedido(n Nuevo) (*Pedido, error) {
	lineas, moneda, total, err := tasar(n)
	if err != nil {
		return nil, err
	}
	p := &Pedido{
		negocio: Negocio{
			UsuarioID: n.Cliente.UsuarioID, ReservaID: n.ReservaID, Lineas: lineas, Moneda: moneda, Total: total,
			Fase: FaseRecibido, Version: 1, CreadoEn: n.Ahora, ActualizadoEn: n.Ahora, ExpiraEn: n.ExpiraEn,
		},
		encargo:  Encargo{RevisarEn: n.RevisarEn, ConClave: n.ConClave, Revision: 1},
		peticion: n.Peticion,
	}
	p.anotar(Paso{Accion: PasoCrear, Cuando: n.Ahora, Intento: 1, Resultado: Hecho})
	p.abrir(PasoReservar, 1, n.Ahora)
	return p, nil
}

// Reservar records that inventario holds the units.
func (p *Pedido) Reservar(ahora time.Time) error {
	if p.negocio.Fase == FaseReservado {
		return nil
	}
	if err := p.pasar(FaseReservado, ahora); err != nil {
		return err
	}
	p.cerrar(PasoReservar, Hecho, ahora)
	p.encargo.Intentos, p.encargo.RevisarEn = 0, p.negocio.ExpiraEn
	return nil
}

// Aceptar records that the shop accepts the order: from now on it does not expire, and only staff may cancel it. An accepted
// order stays as it is, with its reference; one without a reference gets it.
func (p *Pedido) Aceptar(d Decision, referencia string, ahora time.Time) error {
	switch {
	case p.negocio.Fase != FaseAceptado:
		if err := p.pasar(FaseAceptado, ahora); err != nil {
			return err
		}
	case referencia == "" || p.negocio.Referencia != "":
		return nil
	default:
		p.cambiar(ahora)
	}
	p.negocio.Referencia, p.negocio.ExpiraEn, p.encargo.RevisarEn = referencia, time.Time{}, time.Time{}
	p.anotar(Paso{Accion: PasoAceptar, Cuando: ahora, Intento: 1, Resultado: Hecho, Detalle: referencia, Interno: d.interno()})
	return nil
}

// RechazarSinStock ends an order for which inventario has no units. With porCerrar a request to reserve may still arrive, so the
// reservation's id must be closed first. See Cancelar for revisar.
func (p *Pedido) RechazarSinStock(faltas []Falta, porCerrar bool, ahora, revisar time.Time) error {
	if p.negocio.Fase != FaseRecibido {
		return p.ilegal() // another request cancelled it meanwhile: its reason stays
	}
	final, revisarEn := FaseCancelado, time.Time{}
	if porCerrar {
		final, revisarEn = FaseCancelando, revisar
	}
	if err := p.pasar(final, ahora); err != nil {
		return err
	}
	p.cerrar(PasoReservar, Rechazado, ahora).Faltas = faltas
	p.negocio.Motivo, p.encargo.Intentos, p.encargo.RevisarEn = MotivoSinStock, 0, revisarEn
	if final == FaseCancelando {
		p.abrir(PasoLiberar, 1, ahora)
	}
	return nil
}

// Decision says who decides about an order, and why.
type Decision struct {
	Motivo Motivo // of a cancellation
	Nota   string // in the words of the person who decides; may be empty
	Autor  string // for staff: "usuario 7"; "" is the system
}

// Cancelar decides that the order ends and its units go back: the caller does this until revisar, then the reconciler. An order
// that is cancelled or being cancelled stays as it is.
func (p *Pedido) Cancelar(d Decision, ahora, revisar time.Time) error {
	if p.negocio.Fase == FaseCancelado || p.negocio.Fase == FaseCancelando {
		return nil
	}
	if p.negocio.Fase == FaseCompletando && d.Motivo != MotivoSistema {
		return p.ilegal()
	}
	if p.negocio.Fase == FaseAceptado && (d.Motivo == MotivoUsuario || d.Motivo == MotivoExpirado) {
		return p.deLaTienda()
	}
	if err := p.pasar(FaseCancelando, ahora); err != nil {
		return err
	}
	p.negocio.Motivo, p.negocio.Nota, p.encargo.RevisarEn = d.Motivo, d.Nota, revisar
	p.decidir(PasoCancelar, d, ahora)
	return nil
}

// Completar decides that the units leave the shelf; see Cancelar for revisar. An order that is completed or being completed stays
// as it is.
func (p *Pedido) Completar(d Decision, ahora, revisar time.Time) error {
	if p.negocio.Fase == FaseCompletado || p.negocio.Fase == FaseCompletando {
		return nil
	}
	if err := p.pasar(FaseCompletando, ahora); err != nil {
		return err
	}
	p.encargo.RevisarEn = revisar
	p.decidir(PasoCompletar, d, ahora)
	return nil
}

// Sigue refuses with ErrTransicionIlegal when the order, which was to become estado, has ended otherwise: inventario had lost its
// units, or they had left the shelf.
func (p *Pedido) Sigue(estado Estado) error {
	if slices.Contains(p.negocio.Fase.EstadosPermitidos(), estado) {
		return nil
	}
	return p.ilegal()
}

// decidir records a decision, and opens its step at inventario.
func (p *Pedido) decidir(a Accion, d Decision, ahora time.Time) {
	p.interrumpir()
	p.encargo.Intentos = 0
	p.anotar(Paso{Accion: a, Cuando: ahora, Intento: 1, Resultado: Hecho, Detalle: string(d.Motivo), Interno: d.interno()})
	p.abrir(p.negocio.Fase.remoto(), 1, ahora)
}

func (d Decision) interno() string {
	if d.Autor == "" || d.Nota == "" {
		return d.Autor + d.Nota
	}
	return d.Autor + ": " + d.Nota
}

// Liberado records that inventario released the units of an order being cancelled.
func (p *Pedido) Liberado(ahora time.Time) error {
	if p.negocio.Fase == FaseRecibido {
		return p.ilegal() // no request decided that it ends
	}
	return p.terminar(FaseCancelado, PasoLiberar, ahora)
}

// Consumido records that inventario took the units of an order being completed.
func (p *Pedido) Consumido(ahora time.Time) error {
	if p.negocio.Fase == FaseCancelando {
		return p.ilegal() // YaConsumido is the way from there
	}
	return p.terminar(FaseCompletado, PasoConsumir, ahora)
}

// YaConsumido records that the units of an order being cancelled have left the shelf: it is completed, and they can come back as
// a return. Its cancellation has no effect, and no reason any more.
func (p *Pedido) YaConsumido(ahora time.Time) error {
	if p.negocio.Fase != FaseCancelando {
		return p.ilegal()
	}
	p.cerrar(PasoLiberar, Rechazado, ahora)
	p.negocio.Motivo, p.negocio.Nota = "", ""
	return p.terminar(FaseCompletado, PasoConsumir, ahora)
}

func (p *Pedido) terminar(final Fase, a Accion, ahora time.Time) error {
	if p.negocio.Fase == final {
		return nil
	}
	if err := p.pasar(final, ahora); err != nil {
		return err
	}
	p.cerrar(a, Hecho, ahora)
	p.encargo.Intentos, p.encargo.RevisarEn = 0, time.Time{}
	return nil
}

// Confirmar records that the step of the order's phase took effect at inventario.
func (p *Pedido) Confirmar(ahora time.Time) error {
	switch p.negocio.Fase {
	case FaseRecibido:
		return p.Reservar(ahora)
	case FaseCancelando:
		return p.Liberado(ahora)
	default:
		return p.Consumido(ahora)
	}
}

// Intentar records a new attempt of the phase's step, which the caller makes until revisar. An order at rest stays as it is.
func (p *Pedido) Intentar(ahora, revisar time.Time) {
	if p.negocio.Fase.Reposo() {
		return
	}
	p.abrir(p.negocio.Fase.remoto(), p.encargo.Intentos+1, ahora)
	p.encargo.RevisarEn = revisar
	p.cambiado = true
}

// Aplazar records a failed attempt: the reconciler repeats the step at revisar. causa is the reason, for staff. An order at rest
// stays as it is.
func (p *Pedido) Aplazar(causa string, ahora, revisar time.Time) {
	if p.negocio.Fase.Reposo() {
		return
	}
	p.cerrar(p.negocio.Fase.remoto(), Fallido, ahora).Interno = causa
	p.encargo.Intentos++
	p.encargo.RevisarEn = revisar
	p.cambiado = true
}

// DePeticion says which request changes the order from now on; "" = the reconciler.
func (p *Pedido) DePeticion(id string) { p.peticion = id }

// pasar is the only way from one phase to another.
func (p *Pedido) pasar(next Fase, ahora time.Time) error {
	if !p.negocio.Fase.Admite(next) {
		return p.ilegal()
	}
	p.negocio.Fase = next
	p.cambiar(ahora)
	return nil
}

// cambiar makes a new version of what clients see.
func (p *Pedido) cambiar(ahora time.Time) {
	p.negocio.Version++
	p.negocio.ActualizadoEn = ahora
	p.cambiado = true
}

func (p *Pedido) ilegal() error {
	return ErrTransicionIlegal.New("El pedido está en fase %s.", p.negocio.Fase).
		With("estado", p.negocio.Fase.Estado()).With("fase", p.negocio.Fase).
		With("estados_permitidos", p.negocio.Fase.EstadosPermitidos())
}

// deLaTienda refuses a cancellation that only staff may ask for.
func (p *Pedido) deLaTienda() error {
	return ErrTransicionIlegal.New("La tienda ya ha aceptado el pedido: solo su personal puede cancelarlo. Pídaselo.").
		With("estado", p.negocio.Fase.Estado()).With("fase", p.negocio.Fase).With("estados_permitidos", []Estado{Completado})
}

// ExigirVersion refuses with fault.ErrPrecondition when the current version is not one of these; without versions it accepts any.
func (p *Pedido) ExigirVersion(versiones ...int64) error {
	return fault.CheckVersion("El pedido", p.negocio.Version, versiones)
}

// AsignarID sets the id that storage chose for a new order, which is stored as it is now. It panics when the order has an id.
func (p *Pedido) AsignarID(id int64) {
	if p.negocio.ID != 0 || id < 1 {
		panic(fmt.Sprintf("domain: order %d cannot become %d", p.negocio.ID, id))
	}
	p.negocio.ID, p.cambiado = id, false
}

// Guardado records that the order is stored as it is now.
func (p *Pedido) Guardado() {
	p.encargo.Revision++
	p.cambiado = false
}

// The parts of an order.
func (p *Pedido) ID() int64                { return p.negocio.ID }
func (p *Pedido) UsuarioID() int64         { return p.negocio.UsuarioID }
func (p *Pedido) ReservaID() string        { return p.negocio.ReservaID }
func (p *Pedido) Lineas() []Linea          { return p.negocio.Lineas }
func (p *Pedido) Moneda() money.Currency   { return p.negocio.Moneda }
func (p *Pedido) Total() money.Amount      { return p.negocio.Total }
func (p *Pedido) Fase() Fase               { return p.negocio.Fase }
func (p *Pedido) Estado() Estado           { return p.negocio.Fase.Estado() }
func (p *Pedido) Motivo() Motivo           { return p.negocio.Motivo }
func (p *Pedido) Nota() string             { return p.negocio.Nota }
func (p *Pedido) Referencia() string       { return p.negocio.Referencia }
func (p *Pedido) Version() int64           { return p.negocio.Version }
func (p *Pedido) CreadoEn() time.Time      { return p.negocio.CreadoEn }
func (p *Pedido) ActualizadoEn() time.Time { return p.negocio.ActualizadoEn }
func (p *Pedido) ExpiraEn() time.Time      { return p.negocio.ExpiraEn }
func (p *Pedido) RevisarEn() time.Time     { return p.encargo.RevisarEn }
func (p *Pedido) Intentos() int            { return p.encargo.Intentos }

func (p *Pedido) ConClave() bool  { return p.encargo.ConClave }
func (p *Pedido) Revision() int64 { return p.encargo.Revision }

// Vencido reports whether an undecided order has passed its expiry.
func (p *Pedido) Vencido(ahora time.Time) bool {
	return (p.negocio.Fase == FaseRecibido || p.negocio.Fase == FaseReservado) && !p.negocio.ExpiraEn.IsZero() &&
		!ahora.Before(p.negocio.ExpiraEn)
}

// Cambiado reports whether a method has changed the order since it was read or stored.
func (p *Pedido) Cambiado() bool { return p.cambiado }
