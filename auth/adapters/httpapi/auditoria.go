package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// HechoDeAuditoria is one row of the trail.
type HechoDeAuditoria struct {
	ID        int64              `json:"id"`
	Tipo      TipoDeHecho        `json:"tipo"`
	Cuando    time.Time          `json:"cuando" doc:"De los accesos fallidos, el primero de la fila"`
	ActorID   *int64             `json:"actor_id" doc:"Quién lo hizo; null si no se sabe, o si fue el propio servicio"`
	UsuarioID *int64             `json:"usuario_id" doc:"La cuenta; null si el nombre escrito no era de nadie, o si la fila reúne varias"`
	Direccion *string            `json:"direccion" doc:"Del cliente; de los accesos fallidos por IPv6, la red /64; null si no se sabe, o si la fila reúne varias"`
	Detalle   DetalleDeAuditoria `json:"detalle"`
}

// DetalleDeAuditoria has the further members of some types.
type DetalleDeAuditoria struct {
	De     string     `json:"de,omitempty" doc:"ROL_CAMBIADO: el rol anterior"`
	A      string     `json:"a,omitempty" doc:"ROL_CAMBIADO: el rol nuevo"`
	Kid    string     `json:"kid,omitempty" doc:"CLAVE_ROTADA: la clave nueva"`
	Veces  int64      `json:"veces,omitempty" doc:"ACCESO_FALLIDO: cuántos reúne la fila, de 15 minutos como mucho"`
	Ultimo *time.Time `json:"ultimo,omitempty" doc:"ACCESO_FALLIDO: el último de ellos"`
}

func aHecho(h domain.Hecho) HechoDeAuditoria {
	out := HechoDeAuditoria{
		ID: h.ID, Tipo: TipoDeHecho(h.Tipo), Cuando: h.Cuando, ActorID: siHay(h.ActorID),
		UsuarioID: siHay(h.UsuarioID), Direccion: siHay(h.Direccion),
		Detalle: DetalleDeAuditoria{De: h.Detalle["de"], A: h.Detalle["a"], Kid: h.Detalle["kid"]},
	}
	if h.Tipo == domain.AccesoFallido {
		out.Detalle.Veces, out.Detalle.Ultimo = h.Veces, siHay(h.Ultimo)
	}
	return out
}

// siHay is nil for the zero value, which means unknown.
func siHay[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func (h handler) registrarAuditoria(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "listarAuditoria", Method: http.MethodGet, Path: "/auditoria", Tags: []string{"Usuarios"},
		Security: rest.Scopes(domain.AlcanceUsuariosGestionar),
		Summary:  "Qué ha pasado con las cuentas",
		Description: "Lo más reciente primero. La cabecera Link lleva a la página siguiente. Los accesos fallidos de una cuenta " +
			"desde una dirección son una fila cada 15 minutos. Las filas se guardan 400 días.",
		Metadata: rest.Visible(h.puede),
	}, h.listarAuditoria)
}

type listarAuditoriaEntrada struct {
	rest.Page
	UsuarioID int64                    `query:"usuario_id" minimum:"1" doc:"Solo lo de esta cuenta"`
	Tipo      TipoDeHecho              `query:"tipo"`
	Desde     rest.Optional[time.Time] `query:"desde" doc:"cuando igual o posterior (RFC 3339)"`
	Hasta     rest.Optional[time.Time] `query:"hasta" doc:"cuando anterior (RFC 3339)"`
}

type listarAuditoriaSalida struct {
	Link string             `header:"Link" doc:"La página siguiente, si hay más"`
	Body []HechoDeAuditoria `nullable:"false"`
}

func (h handler) listarAuditoria(ctx context.Context, in *listarAuditoriaEntrada) (*listarAuditoriaSalida, error) {
	hechos, err := h.servicio.Rastro(ctx, solicitante(ctx), ports.FiltroRastro{
		UsuarioID: in.UsuarioID, Tipo: domain.TipoHecho(in.Tipo), Desde: in.Desde.Pointer(), Hasta: in.Hasta.Pointer(),
		AntesDe: in.After(), Limite: in.Limite + 1,
	})
	if err != nil {
		return nil, err
	}
	pagina, link := rest.PageOf(&in.Page, hechos, func(h domain.Hecho) int64 { return h.ID })
	return &listarAuditoriaSalida{Link: link, Body: rest.List(pagina, aHecho)}, nil
}
