package httpapi

import (
	"context"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/app"
)

func (h handler) perfil(ctx context.Context, _ *struct{}) (*usuarioSalida, error) {
	quien, err := usuario(ctx)
	if err != nil {
		return nil, err
	}
	u, err := h.servicio.Perfil(ctx, quien)
	if err != nil {
		return nil, err
	}
	return &usuarioSalida{Body: aRespuesta(u)}, nil
}

// CambiosDePerfil is the body of PATCH /me.
type CambiosDePerfil struct {
	Email  rest.Optional[string] `json:"email,omitempty" doc:"Lo único que se puede cambiar" example:"lucia@example.com"`
	Actual rest.Optional[string] `json:"actual,omitempty" doc:"La contraseña actual; obligatoria para cambiar el correo" example:"tres palabras juntas"`
}

type cambiarPerfilEntrada struct {
	rest.RemoteAddress
	Body CambiosDePerfil
}

func (h handler) cambiarPerfil(ctx context.Context, in *cambiarPerfilEntrada) (*usuarioSalida, error) {
	if !in.Body.Email.Set {
		return h.perfil(ctx, nil)
	}
	if !in.Body.Actual.Set {
		var f fault.Fields
		f.Add("actual", "OBLIGATORIO", "Escriba su contraseña actual para cambiar el correo.")
		return nil, f.Err()
	}
	quien, err := usuarioDesde(ctx, in.RemoteAddress)
	if err != nil {
		return nil, err
	}
	u, err := h.servicio.CambiarEmail(ctx, quien, app.Propio{Actual: in.Body.Actual.Value, Red: in.Network()}, in.Body.Email.Value)
	if err != nil {
		return nil, err
	}
	return &usuarioSalida{Body: aRespuesta(u)}, nil
}

// CambioDeContrasena is the body of POST /me/password.
type CambioDeContrasena struct {
	Actual string `json:"actual" format:"password" example:"tres palabras juntas"`
	Nueva  string `json:"nueva" format:"password" doc:"De 8 a 256 caracteres; no una de las comunes" example:"otras cuatro palabras juntas"`
}

type cambiarContrasenaEntrada struct {
	rest.RemoteAddress
	Body CambioDeContrasena
}

func (h handler) cambiarContrasena(ctx context.Context, in *cambiarContrasenaEntrada) (*parSalida, error) {
	quien, err := usuarioDesde(ctx, in.RemoteAddress)
	if err != nil {
		return nil, err
	}
	tokens, err := h.servicio.CambiarContrasena(ctx, quien, app.Propio{Actual: in.Body.Actual, Red: in.Network()}, in.Body.Nueva)
	if err != nil {
		return nil, err
	}
	return aPar(tokens), nil
}
