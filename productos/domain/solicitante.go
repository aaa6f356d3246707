package domain

import (
	"slices"

	"github.com/tienda-go/tienda/kit/fault"
)

// The scopes that show hidden products: staff have escribir, the shop's services have leer.
const (
	AlcanceEscribir = "productos:escribir"
	AlcanceLeer     = "productos:leer"
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

// PuedeVer refuses with ErrProductoNoExiste, the same as for an id that no product has.
func (s Solicitante) PuedeVer(p *Producto) error {
	if p.Publico() || s.Puede(AlcanceEscribir) || s.Puede(AlcanceLeer) {
		return nil
	}
	return NoExiste()
}

// PuedeElegirEstado refuses with fault.ErrForbidden a caller who is not staff.
func (s Solicitante) PuedeElegirEstado() error {
	if s.Puede(AlcanceEscribir) {
		return nil
	}
	return fault.ErrForbidden.New("Para elegir el estado de los productos hace falta el permiso %s. Quite estado, o use otra "+
		"cuenta.", AlcanceEscribir).Needs(AlcanceEscribir)
}
