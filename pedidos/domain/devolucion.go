package domain

import (
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// FaseDevolucion is the phase of a return.
type FaseDevolucion string

// The phases of a return. In EN_CURSO inventario may not have the units yet.
const (
	DevolucionEnCurso FaseDevolucion = "EN_CURSO"
	DevolucionHecha   FaseDevolucion = "HECHA" // final
)

// LineaDevuelta is how many units of a product come back.
type LineaDevuelta struct{ ProductoID, Cantidad int64 }

// Devolucion is goods of a completed order that came back. Its movement at inventario has an id of its own, drawn before the
// first request there, so that repeated requests put the units back once.
type Devolucion struct{ registro RegistroDevolucion }

// RegistroDevolucion is the record of a return, as storage keeps it.
type RegistroDevolucion struct {
	ID           int64
	PedidoID     int64
	MovimientoID string // UUID at inventario; never used for another return
	Lineas       []LineaDevuelta
	Reponer      bool
	Motivo       string // in the words of the staff; may be empty
	Autor        string // for staff: "usuario 8"
	Peticion     string // the id of the request that created it
	Fase         FaseDevolucion
	CreadoEn     time.Time
	HechaEn      time.Time // zero while it is EN_CURSO
	RevisarEn    time.Time // when the reconciler takes it; zero = never
	Intentos     int       // failed attempts to put the units back
	Causa        string    // why the last attempt failed, for staff
}

// NuevaDevolucion is the input of Devolver.
type NuevaDevolucion struct {
	MovimientoID string
	Lineas       []LineaPedida // from SumarLineas
	Pedidas      []LineaPedida // as the client wrote them, to name their fields in a refusal
	Reponer      bool          // the units go back on sale
	Motivo       string
	Autor        string
	Peticion     string
	Ahora        time.Time
	RevisarEn    time.Time // until then only the request that created it works on it
}

// Devolver makes a return of a completed order; devuelto is how many units of each product came back before. ErrTransicionIlegal
// for an order that is not completed, ErrDevolucionExcesiva for more units of a product than the order had.
func (p *Pedido) Devolver(n NuevaDevolucion, devuelto map[int64]int64) (*Devolucion, error) {
	if p.negocio.Fase != FaseCompletado {
		return nil, p.ilegal()
	}
	if err := p.caben(n, devuelto); err != nil {
		return nil, err
	}
	lineas := make([]LineaDevuelta, len(n.Lineas))
	for i, l := range n.Lineas {
		lineas[i] = LineaDevuelta{l.ProductoID, l.Cantidad}
	}
	d := &Devolucion{RegistroDevolucion{
		PedidoID: p.negocio.ID, MovimientoID: n.MovimientoID, Lineas: lineas, Reponer: n.Reponer, Motivo: n.Motivo, Autor: n.Autor,
		Peticion: n.Peticion, Fase: DevolucionEnCurso, CreadoEn: n.Ahora, RevisarEn: n.RevisarEn,
	}}
	if !n.Reponer { // inventario has no part in it
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
		lineas = append(lineas, map[string]int64{"producto_id": l.ProductoID, "solicitado": l.Cantidad, "cantidad": tenia,
			"devuelto": ya})
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
	for _, l := range p.negocio.Lineas {
		if l.ProductoID == productoID {
			return l.Cantidad
		}
	}
	return 0
}

// Hecha records that the units are back in stock, or that none go back.
func (d *Devolucion) Hecha(ahora time.Time) {
	if d.registro.Fase == DevolucionHecha {
		return
	}
	d.registro.Fase, d.registro.HechaEn, d.registro.RevisarEn = DevolucionHecha, ahora, time.Time{}
}

// Aplazar records a failed attempt to put the units back: the reconciler repeats it at revisar. causa is the reason, for staff.
func (d *Devolucion) Aplazar(causa string, revisar time.Time) {
	if d.registro.Fase == DevolucionHecha {
		return
	}
	d.registro.Intentos++
	d.registro.Causa, d.registro.RevisarEn = causa, revisar
}

// Pasos are the steps of the return in its order's story.
func (d *Devolucion) Pasos() []Paso {
	pasos := []Paso{{
		Accion: PasoDevolver, Cuando: d.registro.CreadoEn, Intento: 1, Resultado: Hecho,
		Interno:  Decision{Nota: d.registro.Motivo, Autor: d.registro.Autor}.interno(),
		Peticion: d.registro.Peticion, Devueltas: d.registro.Lineas,
	}}
	if !d.registro.Reponer {
		return pasos
	}
	reponer := Paso{
		Accion: PasoReponer, Cuando: d.registro.CreadoEn, Intento: d.registro.Intentos + 1, Resultado: EnCurso,
		Interno: d.registro.Causa, Peticion: d.registro.Peticion, Devueltas: d.registro.Lineas,
	}
	if d.registro.Fase == DevolucionHecha {
		reponer.Resultado, reponer.Duracion = Hecho, max(d.registro.HechaEn.Sub(d.registro.CreadoEn), 0)
	}
	return append(pasos, reponer)
}

// AsignarID sets the id that storage chose for a new return. It panics when the return has an id.
func (d *Devolucion) AsignarID(id int64) {
	if d.registro.ID != 0 || id < 1 {
		panic(fmt.Sprintf("domain: return %d cannot become %d", d.registro.ID, id))
	}
	d.registro.ID = id
}

// The parts of a return.
func (d *Devolucion) ID() int64               { return d.registro.ID }
func (d *Devolucion) PedidoID() int64         { return d.registro.PedidoID }
func (d *Devolucion) MovimientoID() string    { return d.registro.MovimientoID }
func (d *Devolucion) Lineas() []LineaDevuelta { return d.registro.Lineas }
func (d *Devolucion) Reponer() bool           { return d.registro.Reponer }
func (d *Devolucion) Motivo() string          { return d.registro.Motivo }
func (d *Devolucion) Fase() FaseDevolucion    { return d.registro.Fase }
func (d *Devolucion) CreadoEn() time.Time     { return d.registro.CreadoEn }
func (d *Devolucion) Intentos() int           { return d.registro.Intentos }

// Registro is the return as storage keeps it.
func (d *Devolucion) Registro() RegistroDevolucion { return d.registro }

// RehidratarDevolucion makes a return from storage. A row that this service cannot have written is an error.
func RehidratarDevolucion(r RegistroDevolucion) (*Devolucion, error) {
	hecha := r.Fase == DevolucionHecha
	if r.ID < 1 || r.PedidoID < 1 || r.MovimientoID == "" || len(r.Lineas) == 0 || hecha == r.HechaEn.IsZero() ||
		hecha != r.RevisarEn.IsZero() ||
		!hecha && r.Fase != DevolucionEnCurso {
		return nil, fmt.Errorf("%w: return %d of order %d", errImposible, r.ID, r.PedidoID)
	}
	return &Devolucion{r}, nil
}
