package httpapi

import (
	"context"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/inventario/domain"
)

// solicitante is the caller of the request.
func solicitante(ctx context.Context) domain.Solicitante {
	caller, _ := authn.CallerFrom(ctx)
	s := domain.Solicitante{Alcances: caller.Scopes, Peticion: logging.RequestFrom(ctx).ID}
	if id, ok := caller.UserID(); ok {
		s.UsuarioID = id
	}
	if servicio, ok := caller.Service(); ok {
		s.Servicio = servicio
	}
	return s
}
