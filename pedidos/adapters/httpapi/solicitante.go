package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/authn"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// solicitante is the caller of the request.
func solicitante(ctx context.Context) domain.Solicitante {
	caller, _ := authn.CallerFrom(ctx)
	id, _ := caller.UserID()
	servicio, _ := caller.Service()
	return domain.Solicitante{UsuarioID: id, Servicio: servicio, Alcances: caller.Scopes}
}

// usuario is the caller of an operation that only users may call.
func usuario(ctx context.Context) (domain.Solicitante, error) {
	quien := solicitante(ctx)
	return quien, quien.ExigirUsuario()
}

// soloUsuarios makes 403 come before the refusal of a wrong request.
func soloUsuarios(ctx context.Context, _ huma.Context) error {
	return solicitante(ctx).ExigirUsuario()
}

// deUsuario is the handler of an operation that only users may call.
func deUsuario[I, O any](
	operacion func(ctx context.Context, quien domain.Solicitante, in *I) (*O, error),
) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		quien, err := usuario(ctx)
		if err != nil {
			return nil, err
		}
		return operacion(ctx, quien, in)
	}
}
