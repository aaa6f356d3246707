package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/inventario/app"
)

// Disponibilidad is what every visitor may know of the stock of a product.
type Disponibilidad struct {
	ProductoID     int64                 `json:"producto_id" doc:"Identificador del producto" example:"1"`
	Disponibilidad NivelDeDisponibilidad `json:"disponibilidad" doc:"ULTIMAS: quedan pocas. AGOTADO también lo que no está a la venta"`
}

func (h handler) registrarDisponibilidad(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "consultarDisponibilidad", Method: http.MethodGet, Path: "/disponibilidad", Tags: []string{"Disponibilidad"},
		Summary: "Saber qué productos se pueden pedir",
		Description: "Sin cifras. Responde en el orden de `ids`, cada uno una vez. AGOTADO si no queda, o si no existe o no está a " +
			"la venta. 503 si el catálogo no responde.",
		Security: rest.Public,
	}, h.disponibilidad)
}

type disponibilidadEntrada struct {
	IDs []int64 `query:"ids" required:"true" minItems:"1" maxItems:"100" minimum:"1" nullable:"false" doc:"Los productos: 1,2,3" example:"[1]"`
}

type disponibilidadSalida struct {
	CacheControl string           `header:"Cache-Control" doc:"Para cachés compartidas: todos reciben lo mismo"`
	Body         []Disponibilidad `nullable:"false"`
}

func (h handler) disponibilidad(ctx context.Context, in *disponibilidadEntrada) (*disponibilidadSalida, error) {
	todas, err := h.servicio.Disponibilidad(ctx, in.IDs)
	if err != nil {
		return nil, err
	}
	cuerpo := rest.List(todas, func(d app.DisponibilidadDe) Disponibilidad {
		return Disponibilidad{ProductoID: d.ProductoID, Disponibilidad: NivelDeDisponibilidad(d.Disponibilidad)}
	})
	return &disponibilidadSalida{CacheControl: "public, max-age=5", Body: cuerpo}, nil
}
