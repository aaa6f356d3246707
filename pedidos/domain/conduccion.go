package domain

import "errors"

// Respuesta is inventario's answer to the step of an order's phase.
type Respuesta string

// The answers.
const (
	Confirmada         Respuesta = "CONFIRMADA"
	SinUnidades        Respuesta = "SIN_UNIDADES"        // inventario holds no unit
	ReservaTerminada   Respuesta = "RESERVA_TERMINADA"   // the reservation's id is closed, or its units were consumed
	ReservaDesconocida Respuesta = "RESERVA_DESCONOCIDA" // inventario does not have the reservation
	SinRespuesta       Respuesta = "SIN_RESPUESTA"       // the step may have taken effect or not
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

// Turno is what the driver does after inventario's answer.
type Turno string

// The turns. After ESPERAR and ABANDONAR the reconciler continues the order, after the others the driver.
const (
	Quedarse  Turno = "QUEDARSE"  // the order rests: there is no step
	Confirmar Turno = "CONFIRMAR" // the step took effect
	Rechazar  Turno = "RECHAZAR"  // the order ends, because there is no stock
	Anular    Turno = "ANULAR"    // the order ends, because inventario does not hold its units
	Reconocer Turno = "RECONOCER" // the order is completed after all, because its units have left the shelf
	Esperar   Turno = "ESPERAR"   // the step is repeated later
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
	case f == FaseCancelando && r == ReservaTerminada: // a released one is CONFIRMADA
		return Reconocer
	case r == ReservaTerminada, f == FaseCompletando && r == ReservaDesconocida:
		return Anular
	case f == FaseRecibido && !conClave:
		return Abandonar
	default:
		return Esperar
	}
}

// Desenlace is the outcome of an order for the client who created it.
type Desenlace string

// The outcomes.
const (
	Creado   Desenlace = "CREADO"    // the order is valid
	Agotado  Desenlace = "AGOTADO"   // it ended, because there is no stock
	EnMarcha Desenlace = "EN_MARCHA" // not decided yet: a retry with the key gets the outcome
	Anulado  Desenlace = "ANULADO"   // it ends, and no unit stays reserved: the client may order again
	Retirado Desenlace = "RETIRADO"  // another request, or its expiry, cancelled it
)

// Desenlace is the table of outcomes, for an order that rests or waits.
func (p *Pedido) Desenlace() Desenlace {
	return desenlace(p.negocio.Fase, p.negocio.Motivo, p.encargo.ConClave)
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
