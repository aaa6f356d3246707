package domain

import (
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Actor is the user who sends a request, from the access token.
type Actor struct {
	ID      int64
	Sesion  string
	Emitido time.Time // iat of the token, whole seconds
	// Direccion is where the request comes from, for the trail; "" = not known.
	Direccion string
}

// Comprobar decides whether the actor may use the scope ("" = no scope), by the account and the session as storage has them now,
// and not by the token's content. fault.ErrUnauthenticated when the token is revoked, fault.ErrForbidden when the role no longer
// has the scope.
func (a Actor) Comprobar(u *Usuario, s Sesion, alcance string, ahora time.Time) error {
	switch {
	case u.id != a.ID || !u.activo:
		return CuentaCerrada()
	case s.ID != a.Sesion || s.UsuarioID != a.ID || !s.Viva(ahora):
		return fault.ErrUnauthenticated.New("La sesión de este token ha terminado. Vuelva a entrar.")
	case a.Emitido.Before(u.tokensDesde):
		return fault.ErrUnauthenticated.New("La cuenta ha cambiado desde que se emitió este token. Pida otro con POST /refresh.")
	case alcance != "" && !u.rol.Tiene(alcance):
		return fault.ErrForbidden.New("Su rol ya no tiene el permiso %s.", alcance).Needs(alcance)
	}
	return nil
}

// CuentaCerrada is the answer to a token of an account that is closed or gone.
func CuentaCerrada() error {
	return fault.ErrUnauthenticated.New("La cuenta de este token ya no está abierta.")
}
