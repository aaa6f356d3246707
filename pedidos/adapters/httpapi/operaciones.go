// Package httpapi serves the use cases of pedidos over HTTP: routes, their OpenAPI description, and the conversion between
// what travels and what the application understands.
package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

type handler struct{ servicio *app.Servicio }

// New is the server of pedidos. o brings what differs between a process and a test; its names are filled in here.
func New(o httpserver.Options, servicio *app.Servicio) *httpserver.Server {
	o.Service = "pedidos"
	o.Title = "Pedidos"
	o.Description = "Los pedidos de la tienda. Hace falta un token de usuario; cada cliente ve solo los suyos."
	o.Version = "0.1.0"
	s := httpserver.New(o)
	register(s.API(), handler{servicio})
	return s
}

func register(api huma.API, h handler) {
	tags := []string{"Pedidos"}
	propios := httpserver.Scopes("pedidos:propios")
	huma.Register(api, huma.Operation{
		OperationID: "crearPedido", Method: http.MethodPost, Path: "/pedidos", Tags: tags, Security: propios, DefaultStatus: http.StatusCreated,
		Summary: "Hacer un pedido",
		Description: "Reserva las unidades al precio de este momento. Con STOCK_INSUFICIENTE el pedido queda CANCELADO y su id viene en " +
			"pedido_id; tras un 503 no queda nada reservado ni ningún pedido abierto.",
		Errors: []int{404, 409, 503},
	}, h.crear)
	huma.Register(api, huma.Operation{
		OperationID: "listarPedidos", Method: http.MethodGet, Path: "/pedidos", Tags: tags, Security: propios,
		Summary: "Listar los pedidos propios, o todos con pedidos:leer", Description: "Del más nuevo al más antiguo.",
	}, h.listar)
	huma.Register(api, huma.Operation{
		OperationID: "obtenerPedido", Method: http.MethodGet, Path: "/pedidos/{id}", Tags: tags, Security: propios,
		Summary: "Obtener un pedido", Errors: []int{404},
		Responses: map[string]*huma.Response{"304": {Description: "No ha cambiado desde la versión de If-None-Match"}},
	}, h.obtener)
	huma.Register(api, huma.Operation{
		OperationID: "cambiarPedido", Method: http.MethodPatch, Path: "/pedidos/{id}", Tags: tags, Security: propios,
		Summary: "Cancelar o completar un pedido",
		Description: "202 mientras el inventario no responde: la decisión está guardada y terminará sola. Completar pide el permiso " +
			"pedidos:gestionar; pedir el estado que ya tiene no cambia nada.",
		Errors:    []int{403, 404, 409, 412, 503},
		Responses: map[string]*huma.Response{"202": {Description: "Decidido; el inventario aún no lo sabe"}},
		Metadata:  httpserver.Visible(h.visible),
	}, h.cambiar)
	aceptado(api.OpenAPI())
}

// aceptado documents 202 as the same order as 200; Huma knows one success of an operation.
func aceptado(document *huma.OpenAPI) {
	responses := document.Paths["/pedidos/{id}"].Patch.Responses
	responses["202"].Content, responses["202"].Headers = responses["200"].Content, responses["200"].Headers
}

// solicitante is who sent the request. A service's token has no user, so nothing here is open to it.
func solicitante(ctx context.Context) (domain.Solicitante, error) {
	caller, _ := authn.CallerFrom(ctx)
	id, ok := caller.UserID()
	if !ok {
		return domain.Solicitante{}, fault.ErrForbidden.New("Los pedidos son de usuarios; este token es de un servicio.")
	}
	return domain.Solicitante{UsuarioID: id, LeeTodos: caller.Can("pedidos:leer"), GestionaTodos: caller.Can("pedidos:gestionar")}, nil
}

type crearEntrada struct{ Body NuevoPedido }

type pedidoSalida struct {
	Status   int
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     Pedido
}

func (h handler) crear(ctx context.Context, in *crearEntrada) (*pedidoSalida, error) {
	quien, err := solicitante(ctx)
	if err != nil {
		return nil, err
	}
	comando, err := in.Body.aComando(quien.UsuarioID)
	if err != nil {
		return nil, err
	}
	p, err := h.servicio.Crear(ctx, comando)
	if err != nil {
		return nil, err
	}
	out := salida(p, http.StatusCreated)
	out.Location = "/pedidos/" + strconv.FormatInt(p.ID(), 10)
	return out, nil
}

type listarEntrada struct {
	httpserver.Page
	Estado    string    `query:"estado" enum:"PENDIENTE,COMPLETADO,CANCELADO"`
	Fase      string    `query:"fase" enum:"RECIBIDO,RESERVADO,COMPLETANDO,CANCELANDO,COMPLETADO,CANCELADO"`
	Desde     time.Time `query:"desde" doc:"creado_en igual o posterior (RFC 3339)"`
	Hasta     time.Time `query:"hasta" doc:"creado_en anterior (RFC 3339)"`
	UsuarioID int64     `query:"usuario_id" minimum:"1" doc:"Con pedidos:leer, los de ese usuario"`
}

type listarSalida struct {
	Link string `header:"Link"`
	Body []Pedido
}

func (h handler) listar(ctx context.Context, in *listarEntrada) (*listarSalida, error) {
	quien, err := solicitante(ctx)
	if err != nil {
		return nil, err
	}
	pedidos, err := h.servicio.Listar(ctx, quien, ports.Filtro{
		UsuarioID: in.UsuarioID, Estado: domain.Estado(in.Estado), Fase: domain.Fase(in.Fase), Desde: in.Desde, Hasta: in.Hasta,
		AntesDe: in.After(), Limite: in.Limite + 1,
	})
	if err != nil {
		return nil, err
	}
	pagina, link := httpserver.Cut(&in.Page, pedidos, (*domain.Pedido).ID)
	out := &listarSalida{Link: link, Body: make([]Pedido, 0, len(pagina))}
	for _, p := range pagina {
		out.Body = append(out.Body, aRespuesta(p))
	}
	return out, nil
}

type obtenerEntrada struct {
	ID          int64  `path:"id" minimum:"1"`
	IfNoneMatch string `header:"If-None-Match" doc:"304 si el ETag sigue siendo este"`
}

type obtenerSalida struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *Pedido
}

func (h handler) obtener(ctx context.Context, in *obtenerEntrada) (*obtenerSalida, error) {
	quien, err := solicitante(ctx)
	if err != nil {
		return nil, err
	}
	p, err := h.servicio.Obtener(ctx, quien, in.ID)
	if err != nil {
		return nil, err
	}
	out := &obtenerSalida{Status: http.StatusOK, ETag: httpserver.ETag(p.Version())}
	if httpserver.NotModified(in.IfNoneMatch, p.Version()) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	out.Body = new(aRespuesta(p))
	return out, nil
}

type cambiarEntrada struct {
	ID      int64  `path:"id" minimum:"1"`
	IfMatch string `header:"If-Match" doc:"Cambia solo si el ETag sigue siendo este"`
	Body    struct {
		Estado string `json:"estado" enum:"CANCELADO,COMPLETADO"`
		Motivo string `json:"motivo,omitempty" maxLength:"500" doc:"Por qué, en palabras de quien lo pide"`
	}
}

func (h handler) cambiar(ctx context.Context, in *cambiarEntrada) (*pedidoSalida, error) {
	quien, err := solicitante(ctx)
	if err != nil {
		return nil, err
	}
	version, err := httpserver.IfMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	p, err := h.servicio.CambiarEstado(ctx, quien, app.CambiarEstado{
		ID: in.ID, Estado: domain.Estado(in.Body.Estado), Nota: in.Body.Motivo, Version: version,
	})
	if err != nil {
		return nil, err
	}
	if p.Fase().Final() {
		return salida(p, http.StatusOK), nil
	}
	return salida(p, http.StatusAccepted), nil
}

// visible answers for a request whose body is wrong, before it says so: see httpserver.Visible.
func (h handler) visible(ctx context.Context, request huma.Context) error {
	quien, err := solicitante(ctx)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(request.Param("id"), 10, 64)
	if err != nil {
		return nil // the id itself is what is wrong
	}
	_, err = h.servicio.Obtener(ctx, quien, id)
	return err
}

func salida(p *domain.Pedido, status int) *pedidoSalida {
	return &pedidoSalida{Status: status, ETag: httpserver.ETag(p.Version()), Body: aRespuesta(p)}
}
