package domain

import (
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// FaseDevolucion is how far a return has come.
type FaseDevolucion string

// The phases of a return. What the customer gave back is decided in both; in EN_CURSO inventario is not known to have the units.
const (
	DevolucionEnCurso FaseDevolucion = "EN_CURSO"
	DevolucionHecha   FaseDevolucion = "HECHA" // final
)

// LineaDevuelta is how many units of a product come back.
type LineaDevuelta struct{ ProductoID, Cantidad int64 }

// Devolucion is goods of a completed order that came back. It has an id at inventario of its own, drawn before anything is asked
// there, so that its units are put back once however often that is asked.
type Devolucion struct {
	id           int64
	pedidoID     int64
	movimientoID string // UUID at inventario; never used for another return
	lineas       []LineaDevuelta
	reponer      bool
	motivo       string // in the words of who took it in; may be empty
	autor        string // for staff: "usuario 8"
	peticion     string // the id of the request that took it in
	fase         FaseDevolucion
	creadoEn     time.Time
	hechaEn      time.Time // zero while it is EN_CURSO
	revisarEn    time.Time // when the reconciler looks at it; zero = never
	intentos     int       // failed tries to put the units back
	causa        string    // why the last one failed, for staff
}

// NuevaDevolucion is what Devolver needs.
type NuevaDevolucion struct {
	MovimientoID string
	Lineas       []LineaPedida // out of SumarLineas
	Pedidas      []LineaPedida // as the client wrote them, for what a refusal says
	Reponer      bool          // the units go back on sale
	Motivo       string
	Autor        string
	Peticion     string
	Ahora        time.Time
	RevisarEn    time.Time // until then it belongs to the request that took it in
}

// Devolver takes units of a completed order back; devuelto is how many of each product came back before. ErrTransicionIlegal for
// an order that is not completed, ErrDevolucionExcesiva for more than it had, or for what it did not have.
func (p *Pedido) Devolver(n NuevaDevolucion, devuelto map[int64]int64) (*Devolucion, error) {
	if p.ficha.Fase != FaseCompletado {
		return nil, p.ilegal()
	}
	if err := p.caben(n, devuelto); err != nil {
		return nil, err
	}
	lineas := make([]LineaDevuelta, len(n.Lineas))
	for i, l := range n.Lineas {
		lineas[i] = LineaDevuelta{l.ProductoID, l.Cantidad}
	}
	d := &Devolucion{
		pedidoID: p.ficha.ID, movimientoID: n.MovimientoID, lineas: lineas, reponer: n.Reponer, motivo: n.Motivo, autor: n.Autor,
		peticion: n.Peticion, fase: DevolucionEnCurso, creadoEn: n.Ahora, revisarEn: n.RevisarEn,
	}
	if !n.Reponer { // nothing is asked of inventario
		d.Hecha(n.Ahora)
	}
	return d, nil
}

func (p *Pedido) caben(n NuevaDevolucion, devuelto map[int64]int64) error {
	e := ErrDevolucionExcesiva.New("No se puede devolver más de lo que tenía el pedido. Descuente lo que dice devuelto.")
	var lineas []map[string]int64
	for _, l := range n.Lineas {
		tenia, ya := p.unidades(l.ProductoID), devuelto[l.ProductoID]
		if l.Cantidad <= tenia-ya {
			continue
		}
		lineas = append(lineas, map[string]int64{"producto_id": l.ProductoID, "solicitado": l.Cantidad, "cantidad": tenia, "devuelto": ya})
		Senalar(e, n.Pedidas, l.ProductoID, fault.Field{
			Campo: "cantidad", Codigo: "FUERA_DE_RANGO", Mensaje: fmt.Sprintf("El pedido tenía %d; ya se han devuelto %d.", tenia, ya),
		})
	}
	if len(lineas) == 0 {
		return nil
	}
	return e.With("lineas", lineas)
}

// unidades is how many units of a product the order has.
func (p *Pedido) unidades(productoID int64) int64 {
	for _, l := range p.ficha.Lineas {
		if l.ProductoID == productoID {
			return l.Cantidad
		}
	}
	return 0
}

// Hecha records that the units are back, or that none had to go back.
func (d *Devolucion) Hecha(ahora time.Time) {
	if d.fase == DevolucionHecha {
		return
	}
	d.fase, d.hechaEn, d.revisarEn = DevolucionHecha, ahora, time.Time{}
}

// Aplazar leaves a return whose units could not be put back to the reconciler, at revisar; causa says why, for staff.
func (d *Devolucion) Aplazar(causa string, revisar time.Time) {
	if d.fase == DevolucionHecha {
		return
	}
	d.intentos++
	d.causa, d.revisarEn = causa, revisar
}

// Pasos is the return as a part of its order's story.
func (d *Devolucion) Pasos() []Paso {
	pasos := []Paso{{
		Accion: PasoDevolver, Cuando: d.creadoEn, Intento: 1, Resultado: Hecho, Interno: Decision{Nota: d.motivo, Autor: d.autor}.interno(),
		Peticion: d.peticion, Devueltas: d.lineas,
	}}
	if !d.reponer {
		return pasos
	}
	reponer := Paso{
		Accion: PasoReponer, Cuando: d.creadoEn, Intento: d.intentos + 1, Resultado: EnCurso, Interno: d.causa, Peticion: d.peticion, Devueltas: d.lineas,
	}
	if d.fase == DevolucionHecha {
		reponer.Resultado, reponer.Duracion = Hecho, max(d.hechaEn.Sub(d.creadoEn), 0)
	}
	return append(pasos, reponer)
}

// AsignarID gives a new return the id that storage chose. It panics when there is one already.
func (d *Devolucion) AsignarID(id int64) {
	if d.id != 0 || id < 1 {
		panic(fmt.Sprintf("domain: return %d cannot become %d", d.id, id))
	}
	d.id = id
}

// The parts of a return, for those who show or repeat it.
func (d *Devolucion) ID() int64               { return d.id }
func (d *Devolucion) PedidoID() int64         { return d.pedidoID }
func (d *Devolucion) MovimientoID() string    { return d.movimientoID }
func (d *Devolucion) Lineas() []LineaDevuelta { return d.lineas }
func (d *Devolucion) Reponer() bool           { return d.reponer }
func (d *Devolucion) Motivo() string          { return d.motivo }
func (d *Devolucion) Fase() FaseDevolucion    { return d.fase }
func (d *Devolucion) CreadoEn() time.Time     { return d.creadoEn }
func (d *Devolucion) Intentos() int           { return d.intentos }

// InstantaneaDevolucion is a return as storage keeps it.
type InstantaneaDevolucion struct {
	ID, PedidoID                   int64
	MovimientoID                   string
	Lineas                         []LineaDevuelta
	Reponer                        bool
	Motivo, Autor, Peticion, Causa string
	Fase                           FaseDevolucion
	CreadoEn, HechaEn, RevisarEn   time.Time
	Intentos                       int
}

// RehidratarDevolucion makes a return of what storage kept. A row that no rule could have written is an error.
func RehidratarDevolucion(i InstantaneaDevolucion) (*Devolucion, error) {
	hecha := i.Fase == DevolucionHecha
	if i.ID < 1 || i.PedidoID < 1 || i.MovimientoID == "" || len(i.Lineas) == 0 || hecha == i.HechaEn.IsZero() || hecha != i.RevisarEn.IsZero() ||
		!hecha && i.Fase != DevolucionEnCurso {
		return nil, fmt.Errorf("%w: return %d of order %d", errImposible, i.ID, i.PedidoID)
	}
	return &Devolucion{
		id: i.ID, pedidoID: i.PedidoID, movimientoID: i.MovimientoID, lineas: i.Lineas, reponer: i.Reponer, motivo: i.Motivo, autor: i.Autor,
		peticion: i.Peticion, causa: i.Causa, fase: i.Fase, creadoEn: i.CreadoEn, hechaEn: i.HechaEn, revisarEn: i.RevisarEn, intentos: i.Intentos,
	}, nil
}

// Instantanea is the return as storage keeps it.
func (d *Devolucion) Instantanea() InstantaneaDevolucion {
	return InstantaneaDevolucion{
		ID: d.id, PedidoID: d.pedidoID, MovimientoID: d.movimientoID, Lineas: d.lineas, Reponer: d.reponer, Motivo: d.motivo, Autor: d.autor,
		Peticion: d.peticion, Causa: d.causa, Fase: d.fase, CreadoEn: d.creadoEn, HechaEn: d.hechaEn, RevisarEn: d.revisarEn, Intentos: d.intentos,
	}
}
