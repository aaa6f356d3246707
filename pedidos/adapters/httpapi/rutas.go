// Package httpapi serves the use cases of pedidos over HTTP: routes, their OpenAPI description, and the conversion between JSON
// and the types of app.
package httpapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
)

type handler struct{ servicio *app.Servicio }

// New is the server of pedidos. o has what differs between a process and a test; New fills in its names.
func New(o httpserver.Options, servicio *app.Servicio) *httpserver.Server {
	o.Service = "pedidos"
	o.Title = "Pedidos"
	o.Description = "Los pedidos de la tienda. Hace falta un token de usuario; cada cliente ve solo los suyos."
	o.Version = "0.1.0"
	o.Tags = []*huma.Tag{
		{Name: "Pedidos", Description: "Hacer, ver, cancelar y completar pedidos"},
	}
	o.Problems = problemas()
	s := httpserver.New(o)
	h := handler{servicio}
	h.registrarPedidos(s.API())
	if servicio != nil { // else only the document is wanted
		s.Metrics().MustRegister(nuevasMetricas(servicio))
	}
	return s
}

func (h handler) registrarPedidos(api huma.API) {
	tags := []string{"Pedidos"}
	propios, gestionar := rest.Scopes(domain.AlcancePropios), rest.Scopes(domain.AlcanceGestionar)
	huma.Register(api, huma.Operation{
		OperationID: "crearPedido", Method: http.MethodPost, Path: "/pedidos", Tags: tags, Security: propios,
		DefaultStatus: http.StatusCreated, Summary: "Hacer un pedido",
		Description: "Reserva las unidades al precio de este momento. Con STOCK_INSUFICIENTE el pedido queda CANCELADO y su id " +
			"viene en pedido_id; tras un 503 no queda nada reservado ni ningún pedido abierto. Con Idempotency-Key el pedido sigue en " +
			"marcha tras un 503, y la petición repetida con la misma clave recibe su resultado: 200 si entretanto se canceló.",
		Metadata: rest.Visible(soloUsuarios, domain.ErrProductoNoExiste, domain.ErrProductoNoDisponible,
			domain.ErrPrecioCambiado, domain.ErrMonedasMezcladas,
			domain.ErrLimitePorCliente, domain.ErrStockInsuficiente, domain.ErrDemasiadosAbiertos, domain.ErrDemasiadosRechazos),
		Responses: map[string]*huma.Response{"200": {Description: "El pedido se canceló entretanto, y está así"}},
	}, deUsuario(h.crear))
	huma.Register(api, huma.Operation{
		OperationID: "listarPedidos", Method: http.MethodGet, Path: "/pedidos", Tags: tags, Security: propios,
		Summary: "Listar los pedidos propios, o todos con pedidos:leer", Description: "Del más nuevo al más antiguo.",
		Metadata: rest.Visible(h.puedeFiltrar, fault.ErrForbidden),
	}, deUsuario(h.listar))
	huma.Register(api, huma.Operation{
		OperationID: "obtenerPedido", Method: http.MethodGet, Path: "/pedidos/{id}", Tags: tags, Security: propios,
		Summary: "Obtener un pedido", Description: "El de otro es 404, salvo con pedidos:leer.",
		Responses: map[string]*huma.Response{"304": {Description: "No ha cambiado desde la versión de If-None-Match"}},
		Metadata:  rest.Found(h.existe, domain.ErrPedidoNoExiste),
	}, deUsuario(h.obtener))
	huma.Register(api, huma.Operation{
		OperationID: "cambiarPedido", Method: http.MethodPatch, Path: "/pedidos/{id}", Tags: tags, Security: propios,
		Summary: "Cancelar o completar un pedido",
		Description: "202 mientras el inventario no responde: la decisión está guardada y terminará sola; lea el pedido hasta que su " +
			"estado no sea PENDIENTE, porque tras restaurar una copia de seguridad puede acabar en el otro. Completar pide el " +
			"permiso pedidos:gestionar; pedir el estado que ya tiene no cambia nada.",
		Responses: map[string]*huma.Response{"202": {Description: "Decidido; el inventario aún no lo sabe"}},
		Metadata:  rest.Allowed(h.puedeDecidir, domain.ErrPedidoNoExiste, domain.ErrTransicionIlegal),
	}, deUsuario(h.cambiar))
	huma.Register(api, huma.Operation{
		OperationID: "aceptarPedido", Method: http.MethodPost, Path: "/pedidos/{id}/aceptar", Tags: tags, Security: gestionar,
		DefaultStatus: http.StatusOK, Summary: "Aceptar un pedido RESERVADO",
		Description: "Desde entonces no caduca y solo el personal puede cancelarlo. Uno que ya está ACEPTADO se queda como está, " +
			"con su referencia; si no tiene, recibe la que llegue.",
		Metadata: rest.Found(h.existe, domain.ErrPedidoNoExiste, domain.ErrTransicionIlegal),
	}, deUsuario(h.aceptar))
	huma.Register(api, huma.Operation{
		OperationID: "devolverPedido", Method: http.MethodPost, Path: "/pedidos/{id}/devoluciones", Tags: tags, Security: gestionar,
		DefaultStatus: http.StatusCreated, Summary: "Anotar una devolución de un pedido COMPLETADO",
		Description: "Con reponer las unidades vuelven al inventario una sola vez; 202 mientras no responde: la devolución está " +
			"guardada y terminará sola. DEVOLUCION_EXCESIVA si con las anteriores pasaría de lo que tenía el pedido; " +
			"no queda nada anotado.",
		Responses: map[string]*huma.Response{"202": {Description: "Guardada; el inventario aún no tiene las unidades"}},
		Metadata:  rest.Found(h.existe, domain.ErrPedidoNoExiste, domain.ErrTransicionIlegal, domain.ErrDevolucionExcesiva),
	}, deUsuario(h.devolver))
	huma.Register(api, huma.Operation{
		OperationID: "listarDevoluciones", Method: http.MethodGet, Path: "/pedidos/{id}/devoluciones", Tags: tags, Security: propios,
		Summary: "Las devoluciones de un pedido", Description: "De la más nueva a la más antigua.",
		Metadata: rest.Found(h.existe, domain.ErrPedidoNoExiste),
	}, deUsuario(h.devoluciones))
	huma.Register(api, huma.Operation{
		OperationID: "explicarPedido", Method: http.MethodGet, Path: "/pedidos/{id}/explicacion", Tags: tags, Security: propios,
		Summary:     "La historia de un pedido, paso a paso",
		Description: "Lo que se anotó: cuándo, qué intento, cuánto duró, cómo acabó, por qué se canceló y qué se devolvió.",
		Metadata:    rest.Found(h.existe, domain.ErrPedidoNoExiste),
	}, deUsuario(h.explicar))
	paths := api.OpenAPI().Paths
	tambien(paths["/pedidos"].Post, "201", "200")
	tambien(paths["/pedidos/{id}"].Patch, "200", "202")
	tambien(paths["/pedidos/{id}/devoluciones"].Post, "201", "202")
}

// tambien documents a second success status with the same body: Huma documents one.
func tambien(op *huma.Operation, un, otro string) {
	op.Responses[otro].Content, op.Responses[otro].Headers = op.Responses[un].Content, op.Responses[un].Headers
}
