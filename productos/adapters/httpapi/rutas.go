// Package httpapi serves the use cases of productos over HTTP: routes, their OpenAPI description, and the conversion between
// JSON and the types of app.
package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/domain"
)

type handler struct{ servicio *app.Servicio }

// New is the server of productos. o has what differs between a process and a test; New fills in its names.
func New(o httpserver.Options, servicio *app.Servicio) *httpserver.Server {
	o.Service = "productos"
	o.Title = "Productos"
	o.Description = "El catálogo de la tienda. Se lee sin token; para cambiarlo hace falta el permiso `productos:escribir`."
	o.Version = "0.1.0"
	o.Tags = []*huma.Tag{{Name: "Productos", Description: "El catálogo"}}
	o.Problems = problemas()
	s := httpserver.New(o)
	h := handler{servicio}
	h.registrarProductos(s.API())
	return s
}

func (h handler) registrarProductos(api huma.API) {
	tags := []string{"Productos"}
	escribir := rest.Scopes(domain.AlcanceEscribir) // reads are public

	huma.Register(api, huma.Operation{
		OperationID: "listarProductos", Method: http.MethodGet, Path: "/productos", Tags: tags,
		Summary: "Listar los productos a la venta",
		Description: "Los productos ACTIVO, por id ascendente y por páginas. Con `ids`, esos productos, también los ARCHIVADO, y sin " +
			"páginas. Quien tiene el permiso productos:escribir encuentra por `sku` o `nombre` los de cualquier estado, y elige uno " +
			"con `estado`; nadie más ve los BORRADOR.",
		Security: rest.Public,
		Metadata: rest.Marks(rest.Visible(h.puedeElegir, fault.ErrForbidden), rest.Shared()),
	}, h.listar)

	huma.Register(api, huma.Operation{
		OperationID: "obtenerProducto", Method: http.MethodGet, Path: "/productos/{id}", Tags: tags,
		Summary:     "Obtener un producto",
		Description: "También un ARCHIVADO. Un BORRADOR es 404 para quien no tiene el permiso productos:escribir.",
		Security:    rest.Public,
		Responses:   map[string]*huma.Response{"304": {Description: "No ha cambiado desde la versión de If-None-Match"}},
		Metadata:    rest.Marks(rest.Shared(), rest.Found(h.existe, domain.ErrProductoNoExiste)),
	}, h.obtener)

	huma.Register(api, huma.Operation{
		OperationID: "crearProducto", Method: http.MethodPost, Path: "/productos", Tags: tags,
		Summary: "Crear un producto",
		Description: "Rechaza con NOMBRE_DUPLICADO, o si el nombre está libre con SKU_DUPLICADO, lo que ya usa otro producto no " +
			"archivado, y dice cuál en `producto_id`. Dos nombres que se leen igual son el mismo.",
		Security:      escribir,
		DefaultStatus: http.StatusCreated,
		Metadata:      rest.Faults(domain.ErrNombreDuplicado, domain.ErrSKUDuplicado),
	}, h.crear)

	huma.Register(api, huma.Operation{
		OperationID: "editarProducto", Method: http.MethodPatch, Path: "/productos/{id}", Tags: tags,
		Summary: "Cambiar un producto",
		Description: "Merge patch (RFC 7396): lo ausente queda como está y null quita `sku`, `categoria` o `atributos`. " +
			"Si nada cambia, la versión es la misma.",
		Security: escribir,
		Metadata: rest.Found(h.existe, domain.ErrProductoNoExiste, domain.ErrNombreDuplicado, domain.ErrSKUDuplicado),
	}, h.editar)

	huma.Register(api, huma.Operation{
		OperationID: "archivarProducto", Method: http.MethodDelete, Path: "/productos/{id}", Tags: tags,
		Summary:     "Archivar un producto",
		Description: "Lo retira de la venta y libera su nombre y su SKU. Los pedidos que lo tienen no cambian. Se puede repetir.",
		Security:    escribir,
		Metadata:    rest.Found(h.existe, domain.ErrProductoNoExiste),
	}, h.archivar)

	huma.Register(api, huma.Operation{
		OperationID: "restaurarProducto", Method: http.MethodPost, Path: "/productos/{id}/restaurar", Tags: tags,
		Summary: "Restaurar un producto archivado",
		Description: "Vuelve al estado que tenía antes de archivarlo, si ningún otro producto ha tomado su nombre o su SKU (409, con " +
			"`producto_id`). Uno no archivado queda como está.",
		Security: escribir,
		Metadata: rest.Found(h.existe, domain.ErrProductoNoExiste, domain.ErrNombreDuplicado, domain.ErrSKUDuplicado),
	}, h.restaurar)
}

// existe makes 404 come before the refusal of a wrong body.
func (h handler) existe(ctx context.Context, id int64) error {
	_, err := h.servicio.Obtener(ctx, solicitante(ctx), id)
	return err
}

// puedeElegir makes 403 come before the refusal of a wrong filter.
func (h handler) puedeElegir(ctx context.Context, request huma.Context) error {
	if direccion := request.URL(); !direccion.Query().Has("estado") {
		return nil
	}
	return solicitante(ctx).PuedeElegirEstado()
}
