package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

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

// puede makes 401 and 403 come before the refusal of a wrong request: the account has the scope of the operation, not only the
// token.
func (h handler) puede(ctx context.Context, request huma.Context) error {
	for _, alcance := range rest.ScopesOf(request.Operation()) {
		if err := h.servicio.Comprobar(ctx, solicitante(ctx), alcance); err != nil {
			return err
		}
	}
	return nil
}

// soloServicios makes 403 come before the refusal of a wrong request.
func soloServicios(ctx context.Context, _ huma.Context) error {
	return solicitante(ctx).ExigirServicio()
}
