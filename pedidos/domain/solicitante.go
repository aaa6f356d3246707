package domain

import (
	"fmt"
	"slices"

	"github.com/tienda-go/tienda/kit/fault"
)

// The scopes of a user's own orders, those that show and manage the orders of all users, and the one that shows the drafts of the
// catalogue.
const (
	AlcancePropios    = "pedidos:propios"
	AlcanceLeer       = "pedidos:leer"
	AlcanceGestionar  = "pedidos:gestionar"
	AlcanceBorradores = "productos:escribir"
)

// Solicitante is the caller of a request, a user or a service, and what its token lets it do. The zero value is a caller without
// a token.
type Solicitante struct {
	UsuarioID int64    // 0 = not a user
	Servicio  string   // "" = not a service
	Alcances  []string // the scopes of the token
}

// Puede reports whether the token has the scope.
func (s Solicitante) Puede(alcance string) bool { return slices.Contains(s.Alcances, alcance) }

// ExigirUsuario refuses with fault.ErrForbidden a caller who is not a user: every order has an owner.
func (s Solicitante) ExigirUsuario() error {
	if s.UsuarioID != 0 {
		return nil
	}
	return fault.ErrForbidden.New("Los pedidos son de usuarios; este token es de un servicio.")
}

// PuedeFiltrar refuses with fault.ErrForbidden to filter orders by a product, or by another user, without AlcanceLeer.
func (s Solicitante) PuedeFiltrar(porProducto bool, usuarioID int64) error {
	if s.Puede(AlcanceLeer) || !porProducto && usuarioID == s.UsuarioID {
		return nil
	}
	return fault.ErrForbidden.New("Filtrar por producto_id, o por otro usuario_id, pide el permiso %s.", AlcanceLeer).
		Needs(AlcanceLeer)
}

// Personal reports whether the caller sees the orders of all users.
func (s Solicitante) Personal() bool { return s.Puede(AlcanceLeer) || s.Puede(AlcanceGestionar) }

// PuedeVer refuses with ErrPedidoNoExiste, the same as for an id that no order has.
func (s Solicitante) PuedeVer(p *Pedido) error {
	if p.negocio.UsuarioID == s.UsuarioID || s.Personal() {
		return nil
	}
	return NoExiste()
}

// PuedeDecidir refuses with fault.ErrForbidden a caller who may not bring p to the state. The reason is that of a cancellation.
func (s Solicitante) PuedeDecidir(p *Pedido, estado Estado) (Motivo, error) {
	if estado == Completado {
		return "", s.PuedeGestionar()
	}
	return s.PuedeCancelar(p)
}

// PuedeCancelar returns the reason under which the caller may cancel p; fault.ErrForbidden when it may only read p.
func (s Solicitante) PuedeCancelar(p *Pedido) (Motivo, error) {
	gestiona := s.Puede(AlcanceGestionar)
	switch {
	case p.negocio.UsuarioID == s.UsuarioID && !(gestiona && p.negocio.Fase == FaseAceptado): // the shop cancels an accepted order
		return MotivoUsuario, nil
	case gestiona:
		return MotivoSoporte, nil
	}
	return "", fault.ErrForbidden.New("Solo su dueño o quien gestiona pedidos puede cancelarlo.").Needs(AlcanceGestionar)
}

// PuedeGestionar refuses with fault.ErrForbidden a caller who does not manage orders, also the order's owner.
func (s Solicitante) PuedeGestionar() error {
	if s.Puede(AlcanceGestionar) {
		return nil
	}
	return fault.ErrForbidden.New("Solo quien gestiona pedidos puede hacerlo.").Needs(AlcanceGestionar)
}

// Autor is how the story of an order names the caller to staff.
func (s Solicitante) Autor() string { return fmt.Sprintf("usuario %d", s.UsuarioID) }
