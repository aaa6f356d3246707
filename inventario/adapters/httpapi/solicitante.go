package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/inventario/domain"
)

// solicitante is the caller of the request.
func solicitante(ctx context.Context) domain.Solicitante {
	caller, _ := authn.CallerFrom(ctx)
	id, _ := caller.UserID()
	servicio, _ := caller.Service()
	return domain.Solicitante{UsuarioID: id, Servicio: servicio, Alcances: caller.Scopes, Peticion: logging.RequestFrom(ctx).ID}
}

// soloServicios makes 403 come before the refusal of a wrong request.
func soloServicios(ctx context.Context, _ huma.Context) error {
	return solicitante(ctx).ExigirServicio()
}
