package domain

import (
	"slices"
	"time"
)

// Accion names a step of an order.
type Accion string

// The steps. Inventario does RESERVAR, LIBERAR, CONSUMIR and REPONER, which may need several attempts. DEVOLVER and REPONER are
// steps of the returns of a completed order, which are stored apart from the order.
const (
	PasoCrear     Accion = "CREAR"
	PasoReservar  Accion = "RESERVAR"
	PasoAceptar   Accion = "ACEPTAR"
	PasoCancelar  Accion = "CANCELAR"
	PasoLiberar   Accion = "LIBERAR"
	PasoCompletar Accion = "COMPLETAR"
	PasoConsumir  Accion = "CONSUMIR"
	PasoDevolver  Accion = "DEVOLVER"
	PasoReponer   Accion = "REPONER"
)

// Resultado is how a step ended.
type Resultado string

// The outcomes.
const (
	EnCurso      Resultado = "EN_CURSO"     // its outcome is not known yet
	Hecho        Resultado = "HECHO"        // it took effect
	Rechazado    Resultado = "RECHAZADO"    // inventario refused it
	Fallido      Resultado = "FALLIDO"      // without a reliable answer: it is repeated, or undone
	Interrumpido Resultado = "INTERRUMPIDO" // the process ended before it wrote the outcome
)

// Paso is one attempt of a step, recorded before it is made, and again when its outcome is known.
type Paso struct {
	Accion    Accion
	Cuando    time.Time
	Intento   int           // from 1
	Duracion  time.Duration // 0 while it is EN_CURSO, and when it was interrupted
	Resultado Resultado
	Detalle   string // for every caller who may see the order
	Interno   string // for staff
	Peticion  string // the id of its request, for staff; "" = the reconciler
	Faltas    []Falta
	Devueltas []LineaDevuelta // of DEVOLVER and REPONER
}

// maxPasos bounds the story of an order while inventario is down for days. Attempts in the middle are dropped; the numbers of the
// last ones still show how many there were.
const maxPasos = 40

// abrir records a step before it is made.
func (p *Pedido) abrir(a Accion, intento int, ahora time.Time) {
	p.interrumpir()
	p.anotar(Paso{Accion: a, Cuando: ahora, Intento: intento, Resultado: EnCurso})
}

// interrumpir closes the open step, if there is one: its outcome will not be written.
func (p *Pedido) interrumpir() {
	if abierto := p.abierto(); abierto != nil {
		abierto.Resultado = Interrumpido
	}
}

// cerrar records the outcome of a step. If the open step was already closed as failed, a late success is a new step.
func (p *Pedido) cerrar(a Accion, r Resultado, ahora time.Time) *Paso {
	abierto := p.abierto()
	if abierto == nil || abierto.Accion != a {
		p.anotar(Paso{Accion: a, Cuando: ahora, Intento: p.encargo.Intentos + 1, Resultado: r})
		return &p.encargo.Pasos[len(p.encargo.Pasos)-1]
	}
	abierto.Resultado, abierto.Duracion = r, max(ahora.Sub(abierto.Cuando), 0)
	return abierto
}

// abierto is the open step, to be changed; nil if there is none.
func (p *Pedido) abierto() *Paso {
	n := len(p.encargo.Pasos) - 1
	if n < 0 || p.encargo.Pasos[n].Resultado != EnCurso {
		return nil
	}
	p.encargo.Pasos = slices.Clone(p.encargo.Pasos)
	p.cambiado = true
	return &p.encargo.Pasos[n]
}

func (p *Pedido) anotar(paso Paso) {
	paso.Peticion = p.peticion
	p.encargo.Pasos = append(slices.Clone(p.encargo.Pasos), paso)
	if len(p.encargo.Pasos) > maxPasos {
		p.encargo.Pasos = slices.Delete(p.encargo.Pasos, maxPasos/2, maxPasos/2+1)
	}
	p.cambiado = true
}

// Pasos is the story of the order, the oldest step first.
func (p *Pedido) Pasos() []Paso { return p.encargo.Pasos }

// Faltas are the lines without enough stock, of an order that was cancelled for them.
func (p *Pedido) Faltas() []Falta {
	for _, paso := range slices.Backward(p.encargo.Pasos) {
		if len(paso.Faltas) > 0 {
			return paso.Faltas
		}
	}
	return nil
}

// ReservasPedidas counts the attempts to reserve. An old order without a story may have had several: it counts as 2.
func (p *Pedido) ReservasPedidas() int {
	if len(p.encargo.Pasos) == 0 {
		return 2
	}
	n := 0
	for _, paso := range p.encargo.Pasos {
		if paso.Accion == PasoReservar {
			n++
		}
	}
	return n
}

// remoto is the step at inventario of a phase; "" at rest.
func (f Fase) remoto() Accion {
	switch f {
	case FaseRecibido:
		return PasoReservar
	case FaseCancelando:
		return PasoLiberar
	case FaseCompletando:
		return PasoConsumir
	default:
		return ""
	}
}
