package httpapi

import (
	"context"

	"github.com/tienda-go/tienda/kit/httpserver"
)

func (h handler) perfil(ctx context.Context, _ *struct{}) (*usuarioSalida, error) {
	id, _, err := usuario(ctx)
	if err != nil {
		return nil, err
	}
	u, err := h.servicio.Perfil(ctx, id)
	if err != nil {
		return nil, err
	}
	return &usuarioSalida{Body: aRespuesta(u)}, nil
}

type cambiarPerfilEntrada struct {
	Body struct {
		Email httpserver.Optional[string] `json:"email,omitempty" doc:"Lo único que se puede cambiar"`
	}
}

func (h handler) cambiarPerfil(ctx context.Context, in *cambiarPerfilEntrada) (*usuarioSalida, error) {
	id, _, err := usuario(ctx)
	if err != nil {
		return nil, err
	}
	if !in.Body.Email.Set {
		return h.perfil(ctx, nil)
	}
	u, err := h.servicio.CambiarEmail(ctx, id, in.Body.Email.Value)
	if err != nil {
		return nil, err
	}
	return &usuarioSalida{Body: aRespuesta(u)}, nil
}

type cambiarContrasenaEntrada struct {
	Body struct {
		Actual string `json:"actual" format:"password"`
		Nueva  string `json:"nueva" format:"password" doc:"De 8 a 256 caracteres; no una de las comunes"`
	}
}

func (h handler) cambiarContrasena(ctx context.Context, in *cambiarContrasenaEntrada) (*struct{}, error) {
	id, sesion, err := usuario(ctx)
	if err != nil {
		return nil, err
	}
	return nil, h.servicio.CambiarContrasena(ctx, id, sesion, in.Body.Actual, in.Body.Nueva)
}
