package httpapi

import (
	"context"

	"github.com/tienda-go/tienda/kit/authn"

	"github.com/tienda-go/tienda/productos/domain"
)

// solicitante is the caller of the request.
func solicitante(ctx context.Context) domain.Solicitante {
	caller, _ := authn.CallerFrom(ctx)
	id, _ := caller.UserID()
	servicio, _ := caller.Service()
	return domain.Solicitante{UsuarioID: id, Servicio: servicio, Alcances: caller.Scopes}
}
