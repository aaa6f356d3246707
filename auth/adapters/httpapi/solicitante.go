package httpapi

import (
	"context"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/domain"
)

// solicitante is the caller of the request.
func solicitante(ctx context.Context) domain.Solicitante {
	caller, _ := authn.CallerFrom(ctx)
	id, _ := caller.UserID()
	servicio, _ := caller.Service()
	return domain.Solicitante{UsuarioID: id, Servicio: servicio, Sesion: caller.SessionID, Emitido: caller.IssuedAt}
}

// usuario is the caller of an operation that only users may call.
func usuario(ctx context.Context) (domain.Solicitante, error) {
	quien := solicitante(ctx)
	return quien, quien.ExigirUsuario()
}

// usuarioDesde is usuario with the address of the client, for the trail.
func usuarioDesde(ctx context.Context, from rest.RemoteAddress) (domain.Solicitante, error) {
	quien, err := usuario(ctx)
	quien.Direccion = from.Address()
	return quien, err
}
