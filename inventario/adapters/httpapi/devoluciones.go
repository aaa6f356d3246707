package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/domain"
)

// DevolucionAlAlmacen is a return as clients see it.
type DevolucionAlAlmacen struct {
	ID         string           `json:"id" format:"uuid" doc:"El identificador que eligió quien devuelve"`
	Lineas     []LineaDeAlmacen `json:"lineas" nullable:"false" doc:"Una por producto"`
	Referencia string           `json:"referencia" doc:"La de quien devuelve" example:"pedido 17"`
	CreadoEn   time.Time        `json:"creado_en" doc:"Cuándo volvieron las unidades (UTC)"`
}

func aRespuestaDevolucion(d *domain.Devolucion) DevolucionAlAlmacen {
	return DevolucionAlAlmacen{ID: string(d.ID()), Lineas: aLineas(d.Lineas()), Referencia: d.Referencia(), CreadoEn: d.CreadoEn()}
}

func (h handler) registrarDevoluciones(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "devolverAlAlmacen", Method: http.MethodPut, Path: "/devoluciones/{id}", Tags: []string{"Devoluciones"},
		Summary: "Reponer lo que devuelve un cliente, todas las líneas o ninguna",
		Description: "El identificador es un UUID al azar de quien llama, que no se usa nunca más; repetir la petición, cuando sea, " +
			"no repone dos veces. 201 la primera vez, con un movimiento DEVOLUCION por producto; 200 con las mismas líneas; 422 " +
			"DEVOLUCION_DISTINTA con otras; 404 INVENTARIO_NO_EXISTE con `lineas` si un producto no tiene inventario, y no queda nada. " +
			rest.ForServices,
		DefaultStatus: http.StatusCreated,
		Responses: map[string]*huma.Response{
			"200": {Description: "Ya estaba devuelto", Content: map[string]*huma.MediaType{
				"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/DevolucionAlAlmacen"}},
			}},
		},
		Security: rest.Scopes(domain.AlcanceReservar),
		Metadata: rest.Visible(soloServicios, domain.ErrInventarioNoExiste, domain.ErrDevolucionDistinta),
	}, h.devolver)
}

// NuevaDevolucionAlAlmacen is the body of PUT /devoluciones/{id}.
type NuevaDevolucionAlAlmacen struct {
	Lineas     []NuevaLineaDeAlmacen `json:"lineas" minItems:"1" maxItems:"100" nullable:"false" doc:"Las repetidas de un producto se suman, hasta 1000000"`
	Referencia string                `json:"referencia" minLength:"1" maxLength:"100" doc:"De quien llama, por ejemplo el número de pedido" example:"pedido 17"`
}

type devolverEntrada struct {
	ID   string `path:"id" format:"uuid" doc:"UUID de la devolución" example:"7d7b3a52-6f0e-4c57-9a3e-2f1d0c9b8a76"`
	Body NuevaDevolucionAlAlmacen
}

func (e *devolverEntrada) aComando() app.Devolver {
	return app.Devolver{ID: e.ID, Lineas: aLineasDominio(e.Body.Lineas), Referencia: e.Body.Referencia}
}

type devolverSalida struct {
	Status int
	Body   DevolucionAlAlmacen
}

func (h handler) devolver(ctx context.Context, in *devolverEntrada) (*devolverSalida, error) {
	guardada, creada, err := h.servicio.Devolver(ctx, solicitante(ctx), in.aComando())
	if err != nil {
		return nil, err
	}
	out := &devolverSalida{Status: http.StatusOK, Body: aRespuestaDevolucion(guardada)}
	if creada {
		out.Status = http.StatusCreated
	}
	return out, nil
}
