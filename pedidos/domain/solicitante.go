package domain

import "github.com/tienda-go/tienda/kit/fault"

// The scopes of who sees, and of who manages, the orders of all users.
const (
	AlcanceLeer      = "pedidos:leer"
	AlcanceGestionar = "pedidos:gestionar"
)

// Solicitante is who asks, and what their token lets them do.
type Solicitante struct {
	UsuarioID     int64
	LeeTodos      bool // pedidos:leer
	GestionaTodos bool // pedidos:gestionar
}

// PuedeVer refuses with ErrPedidoNoExiste, the same as for an id that never was.
func (s Solicitante) PuedeVer(p *Pedido) error {
	if p.ficha.UsuarioID == s.UsuarioID || s.LeeTodos || s.GestionaTodos {
		return nil
	}
	return NoExiste()
}

// NoExiste is the one answer about an order that is not there, or not for its caller.
func NoExiste() error { return ErrPedidoNoExiste.New("No hay ningún pedido con ese identificador.") }

// PuedeCancelar gives the reason under which s may cancel p; fault.ErrForbidden when it may only look.
func (s Solicitante) PuedeCancelar(p *Pedido) (Motivo, error) {
	switch {
	case p.ficha.UsuarioID == s.UsuarioID && !(s.GestionaTodos && p.ficha.Fase == FaseAceptado): // an accepted order is the shop's to cancel
		return MotivoUsuario, nil
	case s.GestionaTodos:
		return MotivoSoporte, nil
	}
	return "", fault.ErrForbidden.New("Solo su dueño o quien gestiona pedidos puede cancelarlo.").Needs(AlcanceGestionar)
}

// PuedeGestionar refuses with fault.ErrForbidden who does not manage orders, the owner included.
func (s Solicitante) PuedeGestionar() error {
	if s.GestionaTodos {
		return nil
	}
	return fault.ErrForbidden.New("Solo quien gestiona pedidos puede hacerlo.").Needs(AlcanceGestionar)
}
