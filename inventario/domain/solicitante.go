package domain

import (
	"slices"
	"strconv"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// The scopes of the operations: staff have leer, which shows all of stock, its past and its ledger, and escribir; every user has
// consultar, the shop's services have reservar.
const (
	AlcanceLeer      = "inventario:leer"
	AlcanceConsultar = "inventario:consultar"
	AlcanceEscribir  = "inventario:escribir"
	AlcanceReservar  = "inventario:reservar"
)

// Solicitante is the caller of a request, a user or a service, and what its token lets it do. The zero value is a caller without
// a token.
type Solicitante struct {
	UsuarioID int64    // 0 = not a user
	Servicio  string   // "" = not a service
	Alcances  []string // the scopes of the token
	Peticion  string   // the id of the request, for the ledger
}

// Puede reports whether the token has the scope.
func (s Solicitante) Puede(alcance string) bool { return slices.Contains(s.Alcances, alcance) }

// PuedeLeer refuses with fault.ErrForbidden without AlcanceLeer.
func (s Solicitante) PuedeLeer() error {
	if s.Puede(AlcanceLeer) {
		return nil
	}
	return fault.ErrForbidden.New("Para ver el inventario de otro momento hace falta el permiso %s.", AlcanceLeer).Needs(AlcanceLeer)
}

// ExigirServicio refuses users, also with the scope: a customer reserves by placing an order, and returns what was in it.
// fault.ErrForbidden.
func (s Solicitante) ExigirServicio() error {
	if s.Servicio != "" {
		return nil
	}
	return fault.ErrForbidden.New("Las reservas y las devoluciones son solo para los servicios de la tienda. Haga un pedido, " +
		"o pida su devolución.")
}

// Causa is what the ledger keeps of the caller's change.
func (s Solicitante) Causa(cuando time.Time) Causa {
	actor := strconv.FormatInt(s.UsuarioID, 10)
	if s.Servicio != "" {
		actor = "servicio:" + s.Servicio
	}
	return Causa{Actor: actor, Peticion: s.Peticion, Cuando: cuando}
}
