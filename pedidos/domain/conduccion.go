package domain

import "errors"

// Respuesta is what inventario answered to the step that an order's phase asks of it.
type Respuesta string

// The answers.
const (
	Confirmada         Respuesta = "CONFIRMADA"
	SinUnidades        Respuesta = "SIN_UNIDADES"        // nothing is held
	ReservaTerminada   Respuesta = "RESERVA_TERMINADA"   // its id is closed, or its units are gone
	ReservaDesconocida Respuesta = "RESERVA_DESCONOCIDA" // inventario never saw it, or has lost it
	SinRespuesta       Respuesta = "SIN_RESPUESTA"       // it is not known whether the step took effect
)

// Respuestas lists every answer.
var Respuestas = []Respuesta{Confirmada, SinUnidades, ReservaTerminada, ReservaDesconocida, SinRespuesta}

// RespuestaDe reads the answer in the error of a call; without an error the step took effect.
func RespuestaDe(err error) Respuesta {
	var sinStock *SinStock
	switch {
	case err == nil:
		return Confirmada
	case errors.As(err, &sinStock):
		return SinUnidades
	case errors.Is(err, ErrReservaTerminada):
		return ReservaTerminada
	case errors.Is(err, ErrReservaNoExiste):
		return ReservaDesconocida
	default:
		return SinRespuesta
	}
}

// Turno is what follows for an order from inventario's answer.
type Turno string

// The turns. After ESPERAR and ABANDONAR the reconciler goes on; after the others the driver does.
const (
	Quedarse  Turno = "QUEDARSE"  // the order rests: nothing was asked
	Confirmar Turno = "CONFIRMAR" // the step took effect
	Rechazar  Turno = "RECHAZAR"  // the order ends for want of stock
	Anular    Turno = "ANULAR"    // inventario does not hold the units: going on would send out missing goods
	Esperar   Turno = "ESPERAR"   // the step is asked again later
	Abandonar Turno = "ABANDONAR" // the order ends: its client does not repeat the request
)

// Siguiente is the table of turns.
func Siguiente(f Fase, conClave bool, r Respuesta) Turno {
	switch {
	case f.Reposo():
		return Quedarse
	case r == Confirmada:
		return Confirmar
	case f == FaseRecibido && r == SinUnidades:
		return Rechazar
	case f != FaseCancelando && r == ReservaTerminada, f == FaseCompletando && r == ReservaDesconocida:
		return Anular
	case f == FaseRecibido && !conClave:
		return Abandonar
	default:
		return Esperar
	}
}

// Desenlace is what the client who placed an order is told of it.
type Desenlace string

// The outcomes.
const (
	Creado   Desenlace = "CREADO"    // it stands
	Agotado  Desenlace = "AGOTADO"   // it ended for want of stock
	EnMarcha Desenlace = "EN_MARCHA" // not decided yet: the request repeated with its key is told
	Anulado  Desenlace = "ANULADO"   // it ends, and no unit stays held: the client may order again
	Retirado Desenlace = "RETIRADO"  // another request, or its expiry, cancelled it
)

// Desenlace is the table of outcomes, of an order that rests or waits.
func (p *Pedido) Desenlace() Desenlace {
	return desenlace(p.ficha.Fase, p.ficha.Motivo, p.encargo.ConClave)
}

func desenlace(f Fase, m Motivo, conClave bool) Desenlace {
	cancelado := f == FaseCancelado || f == FaseCancelando
	switch {
	case f == FaseCancelado && m == MotivoSinStock:
		return Agotado
	case conClave && (f == FaseRecibido || f == FaseCancelando):
		return EnMarcha
	case f == FaseRecibido, cancelado && m == MotivoSinStock, cancelado && m == MotivoSistema && !conClave:
		return Anulado
	case cancelado:
		return Retirado
	default:
		return Creado
	}
}
