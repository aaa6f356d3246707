package httpapi

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Revocaciones is the list of revoked tokens, in the form that kit/service reads.
type Revocaciones struct {
	Sesiones []string          `json:"sesiones" nullable:"false" doc:"Los sid que han terminado"`
	Usuarios []UsuarioRevocado `json:"usuarios" nullable:"false" doc:"Usuarios cuyos tokens de antes ya no valen"`
}

// UsuarioRevocado is a user whose older tokens are revoked.
type UsuarioRevocado struct {
	ID    int64     `json:"id"`
	Desde time.Time `json:"desde" doc:"Los tokens con iat anterior no valen"`
}

// ARevocaciones is the list as JSON; auth reads its own list in the same form.
func ARevocaciones(r ports.Revocadas) Revocaciones {
	out := Revocaciones{Sesiones: r.Sesiones, Usuarios: []UsuarioRevocado{}}
	for _, id := range slices.Sorted(maps.Keys(r.Usuarios)) {
		out.Usuarios = append(out.Usuarios, UsuarioRevocado{ID: id, Desde: r.Usuarios[id]})
	}
	return out
}

func (h handler) registrarRevocaciones(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "listarRevocaciones", Method: http.MethodGet, Path: "/revocaciones", Tags: []string{"Tokens"},
		Security: rest.Scopes(domain.AlcanceRevocacionesLeer),
		Metadata: rest.Marks(rest.Visible(soloServicios), rest.Polled()),
		Summary:  "Las sesiones y usuarios cuyos tokens ya no valen, aunque no hayan caducado",
		Description: "En páginas de hasta 5000. La cabecera Link lleva a la siguiente; sin ella, es la última. " +
			rest.ForServices,
	}, h.revocaciones)
	huma.Register(api, huma.Operation{
		OperationID: "rotarClave", Method: http.MethodPost, Path: "/claves/rotar", Tags: []string{"Tokens"},
		Security: rest.Scopes(domain.AlcanceUsuariosGestionar), DefaultStatus: http.StatusOK,
		Summary: "Firmar con una clave nueva", Description: "Lo firmado con la anterior vale hasta que caduque.",
		Metadata: rest.Visible(h.puede),
	}, h.rotarClave)
}

type revocacionesEntrada struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"Continúa la lista; viene en la cabecera Link"`
}

type revocacionesSalida struct {
	Link string `header:"Link" doc:"La página siguiente, si hay más"`
	Body Revocaciones
}

func (h handler) revocaciones(ctx context.Context, in *revocacionesEntrada) (*revocacionesSalida, error) {
	if err := soloServicios(ctx, nil); err != nil {
		return nil, err
	}
	r, err := h.servicio.Revocaciones(ctx, in.Cursor)
	if err != nil {
		return nil, err
	}
	out := &revocacionesSalida{Body: ARevocaciones(r)}
	if r.Sigue != "" {
		out.Link = "<?cursor=" + r.Sigue + `>; rel="next"`
	}
	return out, nil
}

// ClaveNueva is the answer to a rotation.
type ClaveNueva struct {
	Kid string `json:"kid" doc:"La clave nueva: publicada ya, firma dentro de 30 segundos"`
}

type claveSalida struct{ Body ClaveNueva }

func (h handler) rotarClave(ctx context.Context, in *struct{ rest.RemoteAddress }) (*claveSalida, error) {
	kid, err := h.servicio.RotarClave(ctx, solicitanteDesde(ctx, in.RemoteAddress))
	if err != nil {
		return nil, err
	}
	return &claveSalida{Body: ClaveNueva{Kid: kid}}, nil
}
