// Package domain holds the rules of an order: what may be ordered, what it costs, and the closed table of its life.
//
// A Pedido changes only through methods named after the business; each checks first and changes after. It keeps the name and
// price of every line as they were when it was placed, and the id of its reservation at inventario, chosen before anything
// is asked of inventario, so that every remote step can be repeated.
package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"
)

// Pedido is an order.
type Pedido struct {
	id            int64
	usuarioID     int64
	reservaID     string // UUID; never used for another order
	lineas        []Linea
	moneda        money.Currency
	total         money.Amount
	fase          Fase
	motivo        Motivo // "" unless cancelled or being cancelled
	nota          string // why it was cancelled, in the words of who did it
	referencia    string // what the shop calls it since it was accepted, such as the number of a payment; may be empty
	version       int64
	creadoEn      time.Time
	actualizadoEn time.Time
	expiraEn      time.Time // zero = never
	revisarEn     time.Time // when the reconciler looks at it; zero = never
	intentos      int       // failed tries of the current phase
	conClave      bool      // its client will ask again: until then, or its expiry, the order is driven forward
	revision      int64     // counts every write, those included that no client sees
	pasos         []Paso
	peticion      string // the request that changes the order now; not stored
	cambiado      bool
}

// Nuevo is what NewPedido needs.
type Nuevo struct {
	UsuarioID    int64
	ReservaID    string
	Lineas       []LineaPedida // out of SumarLineas
	Pedidas      []LineaPedida // as the customer wrote them, for what a refusal says
	Catalogo     map[int64]Articulo
	VeBorradores bool // drafts exist for the caller
	Ahora        time.Time
	ExpiraEn     time.Time // zero = never
	RevisarEn    time.Time // until then the order belongs to the request that placed it
	ConClave     bool      // the request has an Idempotency-Key
	Peticion     string    // the request's id
}

// NewPedido prices an order in phase RECIBIDO. It returns ErrProductoNoExiste, ErrProductoNoDisponible, ErrPrecioCambiado,
// ErrMonedasMezcladas, or fault.ErrInvalid when the total is too large.
func NewPedido(n Nuevo) (*Pedido, error) {
	lineas, moneda, total, err := tasar(n)
	if err != nil {
		return nil, err
	}
	p := &Pedido{
		usuarioID: n.UsuarioID, reservaID: n.ReservaID, lineas: lineas, moneda: moneda, total: total, conClave: n.ConClave,
		peticion: n.Peticion, fase: FaseRecibido, version: 1, revision: 1, creadoEn: n.Ahora, actualizadoEn: n.Ahora, expiraEn: n.ExpiraEn, revisarEn: n.RevisarEn,
	}
	p.anotar(Paso{Accion: PasoCrear, Cuando: n.Ahora, Intento: 1, Resultado: Hecho})
	p.abrir(PasoReservar, 1, n.Ahora)
	return p, nil
}

// Reservar records that inventario holds the units.
func (p *Pedido) Reservar(ahora time.Time) error {
	if p.fase == FaseReservado {
		return nil
	}
	if err := p.pasar(FaseReservado, ahora); err != nil {
		return err
	}
	p.cerrar(PasoReservar, Hecho, ahora)
	p.intentos, p.revisarEn = 0, p.expiraEn
	return nil
}

// Aceptar records that the shop has taken the order on: from now on it does not expire, and only staff may cancel it. One that
// is accepted already stays as it is, with the reference that it has.
func (p *Pedido) Aceptar(d Decision, referencia string, ahora time.Time) error {
	if p.fase == FaseAceptado {
		return nil
	}
	if err := p.pasar(FaseAceptado, ahora); err != nil {
		return err
	}
	p.referencia, p.expiraEn, p.revisarEn = referencia, time.Time{}, time.Time{}
	p.anotar(Paso{Accion: PasoAceptar, Cuando: ahora, Intento: 1, Resultado: Hecho, Detalle: referencia, Interno: d.interno()})
	return nil
}

// RechazarSinStock decides that an order ends for which inventario has no units. Nothing is held, so that is its end, unless
// its reservation's id must be closed first (porCerrar), to an attempt that may still arrive. See Cancelar for revisar.
func (p *Pedido) RechazarSinStock(faltas []Falta, porCerrar bool, ahora, revisar time.Time) error {
	if p.fase != FaseRecibido {
		return p.ilegal() // somebody cancelled it meanwhile: their reason stays
	}
	final, revisarEn := FaseCancelado, time.Time{}
	if porCerrar {
		final, revisarEn = FaseCancelando, revisar
	}
	if err := p.pasar(final, ahora); err != nil {
		return err
	}
	p.cerrar(PasoReservar, Rechazado, ahora).Faltas = faltas
	p.motivo, p.intentos, p.revisarEn = MotivoSinStock, 0, revisarEn
	if final == FaseCancelando {
		p.abrir(PasoLiberar, 1, ahora)
	}
	return nil
}

// Decision is who decides what about an order, and why.
type Decision struct {
	Motivo Motivo // of a cancellation
	Nota   string // in the words of who decides; may be empty
	Autor  string // for staff: "usuario 7"; "" is the system
}

// Cancelar decides that the order ends and its units go back; until revisar that is the caller's work, then the
// reconciler's. An order that is cancelled or being cancelled already stays as it is.
func (p *Pedido) Cancelar(d Decision, ahora, revisar time.Time) error {
	if p.fase == FaseCancelado || p.fase == FaseCancelando {
		return nil
	}
	if p.fase == FaseCompletando && d.Motivo != MotivoSistema {
		return p.ilegal()
	}
	if p.fase == FaseAceptado && (d.Motivo == MotivoUsuario || d.Motivo == MotivoExpirado) {
		return p.deLaTienda()
	}
	if err := p.pasar(FaseCancelando, ahora); err != nil {
		return err
	}
	p.motivo, p.nota, p.revisarEn = d.Motivo, d.Nota, revisar
	p.decidir(PasoCancelar, d, ahora)
	return nil
}

// Completar decides that the units leave the shelf; see Cancelar for revisar. An order that is completed or being completed
// already stays as it is.
func (p *Pedido) Completar(d Decision, ahora, revisar time.Time) error {
	if p.fase == FaseCompletado || p.fase == FaseCompletando {
		return nil
	}
	if err := p.pasar(FaseCompletando, ahora); err != nil {
		return err
	}
	p.revisarEn = revisar
	p.decidir(PasoCompletar, d, ahora)
	return nil
}

// decidir records a decision, and that its effect on the stock is asked for from now on.
func (p *Pedido) decidir(a Accion, d Decision, ahora time.Time) {
	p.interrumpir()
	p.intentos = 0
	p.anotar(Paso{Accion: a, Cuando: ahora, Intento: 1, Resultado: Hecho, Detalle: string(d.Motivo), Interno: d.interno()})
	p.abrir(p.fase.remoto(), 1, ahora)
}

func (d Decision) interno() string {
	if d.Autor == "" || d.Nota == "" {
		return d.Autor + d.Nota
	}
	return d.Autor + ": " + d.Nota
}

// Liberado records that inventario released the units of an order being cancelled.
func (p *Pedido) Liberado(ahora time.Time) error {
	if p.fase == FaseRecibido {
		return p.ilegal() // nobody decided that it ends
	}
	return p.terminar(FaseCancelado, PasoLiberar, ahora)
}

// Consumido records that inventario took the units of an order being completed.
func (p *Pedido) Consumido(ahora time.Time) error {
	return p.terminar(FaseCompletado, PasoConsumir, ahora)
}

func (p *Pedido) terminar(final Fase, a Accion, ahora time.Time) error {
	if p.fase == final {
		return nil
	}
	if err := p.pasar(final, ahora); err != nil {
		return err
	}
	p.cerrar(a, Hecho, ahora)
	p.intentos, p.revisarEn = 0, time.Time{}
	return nil
}

// Intentar records that the step which the order's phase asks for is about to be tried again; until revisar that is the
// caller's work. An order at rest stays as it is.
func (p *Pedido) Intentar(ahora, revisar time.Time) {
	if p.fase.Reposo() {
		return
	}
	p.abrir(p.fase.remoto(), p.intentos+1, ahora)
	p.revisarEn = revisar
	p.cambiado = true
}

// Aplazar leaves a step that failed to the reconciler, at revisar; causa says why, for staff. An order at rest stays as it is.
func (p *Pedido) Aplazar(causa string, ahora, revisar time.Time) {
	if p.fase.Reposo() {
		return
	}
	p.cerrar(p.fase.remoto(), Fallido, ahora).Interno = causa
	p.intentos++
	p.revisarEn = revisar
	p.cambiado = true
}

// DePeticion says for which request the order is changed from now on; "" = for none, by the reconciler.
func (p *Pedido) DePeticion(id string) { p.peticion = id }

// pasar is the only way from one phase to another.
func (p *Pedido) pasar(next Fase, ahora time.Time) error {
	if !p.fase.Admite(next) {
		return p.ilegal()
	}
	p.fase = next
	p.version++
	p.actualizadoEn = ahora
	p.cambiado = true
	return nil
}

func (p *Pedido) ilegal() error {
	return ErrTransicionIlegal.New("El pedido está en fase %s.", p.fase).
		With("estado", p.fase.Estado()).With("fase", p.fase).With("estados_permitidos", p.fase.EstadosPermitidos())
}

// deLaTienda is the refusal of a cancel that only staff may ask for.
func (p *Pedido) deLaTienda() error {
	return ErrTransicionIlegal.New("La tienda ya ha aceptado el pedido: solo su personal puede cancelarlo. Pídaselo.").
		With("estado", p.fase.Estado()).With("fase", p.fase).With("estados_permitidos", []Estado{Completado})
}

// ExigirVersion refuses with fault.ErrPrecondition when the current version is none of the caller's; without any it asks for nothing.
func (p *Pedido) ExigirVersion(versiones ...int64) error {
	if len(versiones) == 0 || slices.Contains(versiones, p.version) {
		return nil
	}
	return fault.ErrPrecondition.New("El pedido ha cambiado desde que lo leyó. Léalo de nuevo.").With("version_actual", p.version)
}

// AsignarID gives a new order the id that storage chose. It panics when there is one already.
func (p *Pedido) AsignarID(id int64) {
	if p.id != 0 || id < 1 {
		panic(fmt.Sprintf("domain: order %d cannot become %d", p.id, id))
	}
	p.id = id
}

// The parts of an order, for those who show, price or store it.
func (p *Pedido) ID() int64                { return p.id }
func (p *Pedido) UsuarioID() int64         { return p.usuarioID }
func (p *Pedido) ReservaID() string        { return p.reservaID }
func (p *Pedido) Lineas() []Linea          { return p.lineas }
func (p *Pedido) Moneda() money.Currency   { return p.moneda }
func (p *Pedido) Total() money.Amount      { return p.total }
func (p *Pedido) Fase() Fase               { return p.fase }
func (p *Pedido) Estado() Estado           { return p.fase.Estado() }
func (p *Pedido) Motivo() Motivo           { return p.motivo }
func (p *Pedido) Nota() string             { return p.nota }
func (p *Pedido) Referencia() string       { return p.referencia }
func (p *Pedido) Version() int64           { return p.version }
func (p *Pedido) CreadoEn() time.Time      { return p.creadoEn }
func (p *Pedido) ActualizadoEn() time.Time { return p.actualizadoEn }
func (p *Pedido) ExpiraEn() time.Time      { return p.expiraEn }
func (p *Pedido) RevisarEn() time.Time     { return p.revisarEn }
func (p *Pedido) Intentos() int            { return p.intentos }

func (p *Pedido) ConClave() bool  { return p.conClave }
func (p *Pedido) Revision() int64 { return p.revision }

// Vencido reports whether an order about which no decision was taken has passed its expiry.
func (p *Pedido) Vencido(ahora time.Time) bool {
	return (p.fase == FaseRecibido || p.fase == FaseReservado) && !p.expiraEn.IsZero() && !ahora.Before(p.expiraEn)
}

// Cambiado reports whether a method has changed the order since it was read.
func (p *Pedido) Cambiado() bool { return p.cambiado }
