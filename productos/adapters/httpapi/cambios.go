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

func conProducto(p *domain.Producto, err error) (*productoSalida, error) {
	if err != nil {
		return nil, err
	}
	return &productoSalida{ETag: rest.ETag(p.Version()), Body: aRespuesta(p)}, nil
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

func (h handler) crear(ctx context.Context, in *crearEntrada) (*crearSalida, error) {
	creado, err := h.servicio.Crear(ctx, app.CrearProducto{Clave: in.Key(), Ficha: in.Body.aFicha()})
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

func (h handler) editar(ctx context.Context, in *editarEntrada) (*productoSalida, error) {
	return conProducto(h.servicio.Editar(ctx, app.EditarProducto{ID: in.ID, SiVersion: in.Versions(), Cambiar: in.Body.aplicar}))
}

type archivarEntrada struct {
	ID int64 `path:"id" minimum:"1" doc:"Identificador del producto" example:"1"`
	rest.IfMatch
}

func (h handler) archivar(ctx context.Context, in *archivarEntrada) (*struct{}, error) {
	return nil, h.servicio.Archivar(ctx, app.ArchivarProducto{ID: in.ID, SiVersion: in.Versions()})
}

type restaurarEntrada struct {
	rest.IdempotencyKey
	ID int64 `path:"id" minimum:"1" doc:"Identificador del producto" example:"1"`
	rest.IfMatch
}

func (h handler) restaurar(ctx context.Context, in *restaurarEntrada) (*productoSalida, error) {
	return conProducto(h.servicio.Restaurar(ctx, app.RestaurarProducto{Clave: in.Key(), ID: in.ID, SiVersion: in.Versions()}))
}
