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

// solicitanteDesde is solicitante with the address of the client, for the trail.
func solicitanteDesde(ctx context.Context, from rest.RemoteAddress) domain.Solicitante {
	quien := solicitante(ctx)
	quien.Direccion = from.Address()
	return quien
}
