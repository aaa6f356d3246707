package domain

import "slices"

// Estado is what a customer sees of an order's life.
type Estado string

// The states, as the API has always had them.
const (
	Pendiente  Estado = "PENDIENTE"
	Completado Estado = "COMPLETADO"
	Cancelado  Estado = "CANCELADO"
)

// Fase is the exact step of an order's life. COMPLETANDO and CANCELANDO are decisions already taken whose effect on the
// stock is not confirmed yet: they are never taken back by a client.
type Fase string

// The phases.
const (
	FaseRecibido    Fase = "RECIBIDO"    // durable, nothing asked of inventario that is known to have happened
	FaseReservado   Fase = "RESERVADO"   // inventario holds the units
	FaseAceptado    Fase = "ACEPTADO"    // the shop has taken it on: it does not expire, and its owner can no longer cancel it
	FaseCompletando Fase = "COMPLETANDO" // decided: the units leave the shelf
	FaseCancelando  Fase = "CANCELANDO"  // decided: the units go back to sale
	FaseCompletado  Fase = "COMPLETADO"  // final
	FaseCancelado   Fase = "CANCELADO"   // final
)

// Fases lists every phase.
var Fases = []Fase{FaseRecibido, FaseReservado, FaseAceptado, FaseCompletando, FaseCancelando, FaseCompletado, FaseCancelado}

// transiciones is the whole life of an order; what is not here does not happen. COMPLETANDO → CANCELANDO is the system's
// alone: inventario has lost the reservation, so the order can no longer be fulfilled.
var transiciones = map[Fase][]Fase{
	FaseRecibido:    {FaseReservado, FaseCancelando, FaseCancelado},
	FaseReservado:   {FaseAceptado, FaseCompletando, FaseCancelando},
	FaseAceptado:    {FaseCompletando, FaseCancelando},
	FaseCompletando: {FaseCompletado, FaseCancelando},
	FaseCancelando:  {FaseCancelado},
	FaseCompletado:  {},
	FaseCancelado:   {},
}

// Admite reports whether an order may go from f to next.
func (f Fase) Admite(next Fase) bool { return slices.Contains(transiciones[f], next) }

// Final reports whether nothing can change any more.
func (f Fase) Final() bool { return len(transiciones[f]) == 0 }

// Reposo reports whether the order may stay in f without any work being done on it.
func (f Fase) Reposo() bool { return f == FaseReservado || f == FaseAceptado || f.Final() }

// Estado is the phase as a customer sees it.
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

// EstadosPermitidos lists what may still be asked of an order in phase f, by staff at least.
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
