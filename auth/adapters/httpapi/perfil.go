package httpapi

import (
	"context"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/app"
)

func (h handler) perfil(ctx context.Context, _ *struct{}) (*usuarioSalida, error) {
	return conUsuario(h.servicio.Perfil(ctx, solicitante(ctx)))
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
	propio := app.Propio{Actual: in.Body.Actual.Value, Red: in.Network()}
	return conUsuario(h.servicio.CambiarEmail(ctx, solicitanteDesde(ctx, in.RemoteAddress), propio, in.Body.Email.Value))
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
	propio := app.Propio{Actual: in.Body.Actual, Red: in.Network()}
	return conPar(h.servicio.CambiarContrasena(ctx, solicitanteDesde(ctx, in.RemoteAddress), propio, in.Body.Nueva))
}
