package httpapi

import (
	"context"
	"net/http"

	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/domain"
)

type listarEntrada struct {
	httpserver.Page
	IDs []int64 `query:"ids" minItems:"1" maxItems:"100" minimum:"1" nullable:"false" doc:"Solo estos productos, en cualquier estado y sin páginas: 1,2,3"`
}

type listarSalida struct {
	Link string     `header:"Link" doc:"La página siguiente, rel=\"next\"; falta en la última"`
	Body []Producto `nullable:"false"`
}

func (h *api) listar(ctx context.Context, e *listarEntrada) (*listarSalida, error) {
	if len(e.IDs) > 0 {
		hallados, err := h.servicio.PorIDs(ctx, e.IDs)
		if err != nil {
			return nil, err
		}
		return &listarSalida{Body: aRespuestas(hallados)}, nil
	}
	hallados, err := h.servicio.Listar(ctx, app.ListarProductos{DespuesDe: e.After(), Limite: e.Limite + 1})
	if err != nil {
		return nil, err
	}
	pagina, siguiente := httpserver.Cut(&e.Page, hallados, (*domain.Producto).ID)
	return &listarSalida{Link: siguiente, Body: aRespuestas(pagina)}, nil
}

func aRespuestas(productos []*domain.Producto) []Producto {
	respuestas := make([]Producto, len(productos)) // never nil: an empty list is [], not null
	for i, p := range productos {
		respuestas[i] = aRespuesta(p)
	}
	return respuestas
}

type obtenerEntrada struct {
	ID          int64  `path:"id" minimum:"1" doc:"Identificador del producto"`
	IfNoneMatch string `header:"If-None-Match" doc:"El ETag de una respuesta anterior: 304 si sigue siendo el actual"`
}

type obtenerSalida struct {
	Status int
	ETag   string `header:"ETag" doc:"La versión entre comillas"`
	Body   *Producto
}

func (h *api) obtener(ctx context.Context, e *obtenerEntrada) (*obtenerSalida, error) {
	producto, err := h.servicio.Obtener(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	etag := httpserver.ETag(producto.Version())
	if httpserver.NotModified(e.IfNoneMatch, producto.Version()) {
		return &obtenerSalida{Status: http.StatusNotModified, ETag: etag}, nil
	}
	respuesta := aRespuesta(producto)
	return &obtenerSalida{Status: http.StatusOK, ETag: etag, Body: &respuesta}, nil
}
