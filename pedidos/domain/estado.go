package domain

import "slices"

// Estado is the state of an order as customers see it.
type Estado string

// The states.
const (
	Pendiente  Estado = "PENDIENTE"
	Completado Estado = "COMPLETADO"
	Cancelado  Estado = "CANCELADO"
)

// Fase is the exact state of an order. COMPLETANDO and CANCELANDO are decisions whose effect on the stock is not confirmed yet:
// no client can revoke them.
type Fase string

// The phases.
const (
	FaseRecibido    Fase = "RECIBIDO"    // stored; inventario has not confirmed the reservation
	FaseReservado   Fase = "RESERVADO"   // inventario holds the units
	FaseAceptado    Fase = "ACEPTADO"    // accepted by the shop: it does not expire, and its owner cannot cancel it
	FaseCompletando Fase = "COMPLETANDO" // decided: the units must leave the shelf
	FaseCancelando  Fase = "CANCELANDO"  // decided: the units must go back on sale
	FaseCompletado  Fase = "COMPLETADO"  // final
	FaseCancelado   Fase = "CANCELADO"   // final
)

// Fases lists every phase.
var Fases = []Fase{FaseRecibido, FaseReservado, FaseAceptado, FaseCompletando, FaseCancelando, FaseCompletado, FaseCancelado}

// transiciones is the table of all phase changes. Only the system makes COMPLETANDO → CANCELANDO: inventario has lost the
// reservation, so the order cannot be fulfilled; and CANCELANDO → COMPLETADO: inventario says that the units have left the shelf.
// Both happen after one of the two databases was restored from an older backup than the other.
var transiciones = map[Fase][]Fase{
	FaseRecibido:    {FaseReservado, FaseCancelando, FaseCancelado},
	FaseReservado:   {FaseAceptado, FaseCompletando, FaseCancelando},
	FaseAceptado:    {FaseCompletando, FaseCancelando},
	FaseCompletando: {FaseCompletado, FaseCancelando},
	FaseCancelando:  {FaseCancelado, FaseCompletado},
	FaseCompletado:  {},
	FaseCancelado:   {},
}

// Admite reports whether an order may go from f to next.
func (f Fase) Admite(next Fase) bool { return slices.Contains(transiciones[f], next) }

// Final reports whether the order cannot change any more.
func (f Fase) Final() bool { return len(transiciones[f]) == 0 }

// Reposo reports whether an order in f needs no work.
func (f Fase) Reposo() bool { return f == FaseReservado || f == FaseAceptado || f.Final() }

// Estado is the phase as customers see it.
func (f Fase) Estado() Estado {
	switch f {
	case FaseCompletado:
		return Completado
	case FaseCancelado:
		return Cancelado
	default:
		return Pendiente
	}
}

// EstadosPermitidos lists the states that staff may ask for in phase f.
func (f Fase) EstadosPermitidos() []Estado {
	switch f {
	case FaseRecibido:
		return []Estado{Cancelado}
	case FaseReservado, FaseAceptado:
		return []Estado{Completado, Cancelado}
	case FaseCompletando, FaseCompletado:
		return []Estado{Completado}
	default:
		return []Estado{Cancelado}
	}
}

// Motivo says why an order was cancelled.
type Motivo string

// The reasons.
const (
	MotivoSinStock Motivo = "SIN_STOCK"
	MotivoUsuario  Motivo = "USUARIO"
	MotivoSoporte  Motivo = "SOPORTE"
	MotivoExpirado Motivo = "EXPIRADO"
	MotivoSistema  Motivo = "SISTEMA"
)

// Motivos lists every reason.
var Motivos = []Motivo{MotivoSinStock, MotivoUsuario, MotivoSoporte, MotivoExpirado, MotivoSistema}
