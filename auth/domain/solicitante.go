package domain

import (
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Solicitante is the caller of a request, a user or a service, as its token names it. The zero value is a caller without a token.
// It has no scopes: the account says what its user may do now.
type Solicitante struct {
	UsuarioID int64     // 0 = not a user
	Servicio  string    // "" = not a service
	Sesion    string    // users only
	Emitido   time.Time // iat of the token, whole seconds
	Direccion string    // where the request comes from, for the trail; "" = not known
}

// ExigirServicio refuses with fault.ErrForbidden a caller who is not a service.
func (s Solicitante) ExigirServicio() error {
	if s.Servicio != "" {
		return nil
	}
	return fault.ErrForbidden.New("Las revocaciones son solo para los servicios de la tienda.")
}

// Comprobar decides whether the user may use the scope ("" = no scope), by the stored account and session, not by the token.
// fault.ErrUnauthenticated when the token is revoked, fault.ErrForbidden when the role no longer has the scope.
func (s Solicitante) Comprobar(u *Usuario, sesion Sesion, alcance string, ahora time.Time) error {
	switch {
	case u.registro.ID != s.UsuarioID || !u.registro.Activo:
		return s.SinCuenta()
	case sesion.ID != s.Sesion || sesion.UsuarioID != s.UsuarioID || !sesion.Viva(ahora):
		return fault.ErrUnauthenticated.New("La sesión de este token ha terminado. Vuelva a entrar.")
	case s.Emitido.Before(u.registro.TokensDesde):
		return fault.ErrUnauthenticated.New("La cuenta ha cambiado desde que se emitió este token. Pida otro con POST /refresh.")
	case alcance != "" && !u.registro.Rol.Tiene(alcance):
		return fault.ErrForbidden.New("Su rol ya no tiene el permiso %s.", alcance).Needs(alcance)
	}
	return nil
}

// SinCuenta is the answer to a token without an open account: fault.ErrUnauthenticated, or fault.ErrForbidden for a service's.
func (s Solicitante) SinCuenta() error {
	if s.UsuarioID == 0 {
		return fault.ErrForbidden.New("Esta operación es de usuarios; este token es de un servicio.")
	}
	return fault.ErrUnauthenticated.New("La cuenta de este token ya no está abierta.")
}
