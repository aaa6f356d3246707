package httpapi

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/domain"
)

// Condicion is embedded in the input of a change that may ask for a version (RFC 9110, section 13.1.1).
type Condicion struct {
	IfMatch string `header:"If-Match" doc:"El ETag que se leyó: 412 si el producto ha cambiado desde entonces"`

	version *int64
}

// Resolve reads the version while Huma reads the request.
func (c *Condicion) Resolve(huma.Context) []error {
	version, err := httpserver.IfMatch(c.IfMatch)
	if err != nil {
		return []error{err}
	}
	c.version = version
	return nil
}

// productoSalida is the answer of every change that leaves a product to show.
type productoSalida struct {
	ETag string `header:"ETag" doc:"La versión entre comillas"`
	Body Producto
}

func aSalida(p *domain.Producto) *productoSalida {
	return &productoSalida{ETag: httpserver.ETag(p.Version()), Body: aRespuesta(p)}
}

type crearEntrada struct {
	httpserver.IdempotencyKey
	Body ProductoNuevo
}

type crearSalida struct {
	Location string `header:"Location" doc:"La ruta del producto"`
	ETag     string `header:"ETag" doc:"La versión entre comillas"`
	Body     Producto
}

func (h *api) crear(ctx context.Context, e *crearEntrada) (*crearSalida, error) {
	creado, err := h.servicio.Crear(ctx, app.CrearProducto{Ficha: e.Body.aFicha()})
	if err != nil {
		return nil, err
	}
	return &crearSalida{
		Location: fmt.Sprintf("/productos/%d", creado.ID()),
		ETag:     httpserver.ETag(creado.Version()),
		Body:     aRespuesta(creado),
	}, nil
}

type editarEntrada struct {
	ID int64 `path:"id" minimum:"1" doc:"Identificador del producto"`
	Condicion
	Body ProductoCambios
}

func (h *api) editar(ctx context.Context, e *editarEntrada) (*productoSalida, error) {
	editado, err := h.servicio.Editar(ctx, app.EditarProducto{ID: e.ID, SiVersion: e.version, Cambiar: e.Body.aplicar})
	if err != nil {
		return nil, err
	}
	return aSalida(editado), nil
}

type archivarEntrada struct {
	ID int64 `path:"id" minimum:"1" doc:"Identificador del producto"`
	Condicion
}

func (h *api) archivar(ctx context.Context, e *archivarEntrada) (*struct{}, error) {
	return nil, h.servicio.Archivar(ctx, app.ArchivarProducto{ID: e.ID, SiVersion: e.version})
}

type restaurarEntrada struct {
	httpserver.IdempotencyKey
	ID int64 `path:"id" minimum:"1" doc:"Identificador del producto"`
	Condicion
}

func (h *api) restaurar(ctx context.Context, e *restaurarEntrada) (*productoSalida, error) {
	restaurado, err := h.servicio.Restaurar(ctx, app.RestaurarProducto{ID: e.ID, SiVersion: e.version})
	if err != nil {
		return nil, err
	}
	return aSalida(restaurado), nil
}
