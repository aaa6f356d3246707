package httpapi

import (
	"context"
	"net/http"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/domain"
)

type listarEntrada struct {
	rest.Page
	IDs    []int64 `query:"ids" minItems:"1" maxItems:"100" minimum:"1" nullable:"false" doc:"Solo estos productos, también los ARCHIVADO, y sin páginas: 1,2,3. Sin ningún otro parámetro"`
	SKU    string  `query:"sku" maxLength:"64" doc:"Solo el que tiene este SKU; no cuentan mayúsculas ni minúsculas"`
	Nombre string  `query:"nombre" maxLength:"200" doc:"Solo el que se llama así; no cuentan mayúsculas, minúsculas ni espacios de más"`

	Estado EstadoDeProducto `query:"estado" doc:"Solo los que están en este estado; hace falta el permiso productos:escribir"`
}

// soloIDs refuses other filters beside ids, because they could leave out products that the client asked for.
func (e *listarEntrada) soloIDs() error {
	var mal fault.Fields
	for campo := range e.Query() {
		if campo != "ids" {
			mal.Add(campo, "VALOR", "No se combina con ids. Envíe uno de los dos.")
		}
	}
	return mal.Err()
}

type listarSalida struct {
	Link string     `header:"Link" doc:"La página siguiente, rel=\"next\"; falta en la última"`
	Body []Producto `nullable:"false"`
}

func (h handler) listar(ctx context.Context, in *listarEntrada) (*listarSalida, error) {
	if len(in.IDs) > 0 {
		if err := in.soloIDs(); err != nil {
			return nil, err
		}
		hallados, err := h.servicio.PorIDs(ctx, solicitante(ctx), in.IDs)
		if err != nil {
			return nil, err
		}
		return &listarSalida{Body: rest.List(hallados, aRespuesta)}, nil
	}
	hallados, err := h.servicio.Listar(ctx, solicitante(ctx), app.ListarProductos{
		Estado: domain.Estado(in.Estado), Nombre: in.Nombre, SKU: in.SKU, DespuesDe: in.After(), Limite: in.Limite + 1,
	})
	if err != nil {
		return nil, err
	}
	pagina, link := rest.PageOf(&in.Page, hallados, (*domain.Producto).ID)
	return &listarSalida{Link: link, Body: rest.List(pagina, aRespuesta)}, nil
}

type obtenerEntrada struct {
	ID          int64  `path:"id" minimum:"1" doc:"Identificador del producto" example:"1"`
	IfNoneMatch string `header:"If-None-Match" doc:"El ETag de una respuesta anterior: 304 si sigue siendo el actual"`
}

type obtenerSalida struct {
	Status int
	ETag   string `header:"ETag" doc:"La versión entre comillas"`
	Body   *Producto
}

func (h handler) obtener(ctx context.Context, in *obtenerEntrada) (*obtenerSalida, error) {
	producto, err := h.servicio.Obtener(ctx, solicitante(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	etag := rest.ETag(producto.Version())
	if rest.NotModified(in.IfNoneMatch, producto.Version()) {
		return &obtenerSalida{Status: http.StatusNotModified, ETag: etag}, nil
	}
	return &obtenerSalida{Status: http.StatusOK, ETag: etag, Body: new(aRespuesta(producto))}, nil
}
