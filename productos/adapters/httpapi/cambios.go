package httpapi

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/domain"
)

// productoSalida is the answer of every change that returns a product.
type productoSalida struct {
	ETag string `header:"ETag" doc:"La versión entre comillas"`
	Body Producto
}

func aSalida(p *domain.Producto) *productoSalida {
	return &productoSalida{ETag: rest.ETag(p.Version()), Body: aRespuesta(p)}
}

type crearEntrada struct {
	rest.IdempotencyKey
	Body NuevoProducto
}

type crearSalida struct {
	Location string `header:"Location" doc:"La ruta del producto"`
	ETag     string `header:"ETag" doc:"La versión entre comillas"`
	Body     Producto
}

func (h *api) crear(ctx context.Context, e *crearEntrada) (*crearSalida, error) {
	creado, err := h.servicio.Crear(ctx, app.CrearProducto{Clave: e.Key(), Ficha: e.Body.aFicha()})
	if err != nil {
		return nil, err
	}
	return &crearSalida{
		Location: fmt.Sprintf("/productos/%d", creado.ID()),
		ETag:     rest.ETag(creado.Version()),
		Body:     aRespuesta(creado),
	}, nil
}

type editarEntrada struct {
	ID int64 `path:"id" minimum:"1" doc:"Identificador del producto" example:"1"`
	rest.IfMatch
	Body CambiosDeProducto
}

func (h *api) editar(ctx context.Context, e *editarEntrada) (*productoSalida, error) {
	editado, err := h.servicio.Editar(ctx, app.EditarProducto{ID: e.ID, SiVersion: e.Versions(), Cambiar: e.Body.aplicar})
	if err != nil {
		return nil, err
	}
	return aSalida(editado), nil
}

type archivarEntrada struct {
	ID int64 `path:"id" minimum:"1" doc:"Identificador del producto" example:"1"`
	rest.IfMatch
}

func (h *api) archivar(ctx context.Context, e *archivarEntrada) (*struct{}, error) {
	return nil, h.servicio.Archivar(ctx, app.ArchivarProducto{ID: e.ID, SiVersion: e.Versions()})
}

type restaurarEntrada struct {
	rest.IdempotencyKey
	ID int64 `path:"id" minimum:"1" doc:"Identificador del producto" example:"1"`
	rest.IfMatch
}

func (h *api) restaurar(ctx context.Context, e *restaurarEntrada) (*productoSalida, error) {
	restaurado, err := h.servicio.Restaurar(ctx, app.RestaurarProducto{Clave: e.Key(), ID: e.ID, SiVersion: e.Versions()})
	if err != nil {
		return nil, err
	}
	return aSalida(restaurado), nil
}
