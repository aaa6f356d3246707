package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

type crearEntrada struct {
	rest.IdempotencyKey
	Body NuevoPedido
}

type pedidoSalida struct {
	Status   int
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     Pedido
}

func (h handler) crear(ctx context.Context, quien domain.Solicitante, in *crearEntrada) (*pedidoSalida, error) {
	comando, err := in.Body.aComando()
	if err != nil {
		return nil, err
	}
	comando.Clave = in.Key()
	p, err := h.servicio.Crear(ctx, quien, comando)
	if err != nil {
		return nil, err
	}
	if p.Desenlace() == domain.Retirado { // no valid order was created
		return salida(p, http.StatusOK), nil
	}
	out := salida(p, http.StatusCreated)
	out.Location = "/pedidos/" + strconv.FormatInt(p.ID(), 10)
	return out, nil
}

type listarEntrada struct {
	rest.Page
	Estado     EstadoDePedido           `query:"estado"`
	Fase       FaseDePedido             `query:"fase"`
	Motivo     MotivoDeCancelacion      `query:"motivo_cancelacion"`
	Desde      rest.Optional[time.Time] `query:"desde" doc:"creado_en igual o posterior (RFC 3339)"`
	Hasta      rest.Optional[time.Time] `query:"hasta" doc:"creado_en anterior (RFC 3339)"`
	UsuarioID  int64                    `query:"usuario_id" minimum:"1" doc:"Los de ese usuario; los de otro piden pedidos:leer"`
	ProductoID int64                    `query:"producto_id" minimum:"1" doc:"Los que tienen ese producto; pide pedidos:leer"`
}

// puedeFiltrar makes 403 come before the refusal of a wrong filter.
func (h handler) puedeFiltrar(ctx context.Context, request huma.Context) error {
	quien, err := usuario(ctx)
	if err != nil {
		return err
	}
	direccion := request.URL()
	filtros, de := direccion.Query(), quien.UsuarioID
	if filtros.Has("usuario_id") {
		de, _ = strconv.ParseInt(request.Query("usuario_id"), 10, 64) // 0, which is no user, for what is no number
	}
	return quien.PuedeFiltrar(filtros.Has("producto_id"), de)
}

type listarSalida struct {
	Link string `header:"Link"`
	Body []Pedido
}

func (h handler) listar(ctx context.Context, quien domain.Solicitante, in *listarEntrada) (*listarSalida, error) {
	pedidos, err := h.servicio.Listar(ctx, quien, ports.Filtro{
		UsuarioID: in.UsuarioID, ProductoID: in.ProductoID, Estado: domain.Estado(in.Estado), Fase: domain.Fase(in.Fase),
		Motivo: domain.Motivo(in.Motivo), Desde: in.Desde.Pointer(), Hasta: in.Hasta.Pointer(), AntesDe: in.After(),
		Limite: in.Limite + 1,
	})
	if err != nil {
		return nil, err
	}
	pagina, link := rest.PageOf(&in.Page, pedidos, (*domain.Pedido).ID)
	return &listarSalida{Link: link, Body: rest.List(pagina, aRespuesta)}, nil
}

type obtenerEntrada struct {
	ID          int64  `path:"id" minimum:"1" example:"1"`
	IfNoneMatch string `header:"If-None-Match" doc:"304 si el ETag sigue siendo este"`
}

type obtenerSalida struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *Pedido
}

func (h handler) obtener(ctx context.Context, quien domain.Solicitante, in *obtenerEntrada) (*obtenerSalida, error) {
	p, err := h.servicio.Obtener(ctx, quien, in.ID)
	if err != nil {
		return nil, err
	}
	out := &obtenerSalida{Status: http.StatusOK, ETag: rest.ETag(p.Version())}
	if rest.NotModified(in.IfNoneMatch, p.Version()) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	out.Body = new(aRespuesta(p))
	return out, nil
}

// CambioDePedido is the body of PATCH /pedidos/{id}.
type CambioDePedido struct {
	Estado DecisionDePedido `json:"estado" example:"CANCELADO"`
	Motivo string           `json:"motivo,omitempty" maxLength:"500" doc:"Por qué, en palabras de quien lo pide" example:"ya no hace falta"`
}

type cambiarEntrada struct {
	rest.IdempotencyKey
	rest.IfMatch
	ID   int64 `path:"id" minimum:"1" example:"1"`
	Body CambioDePedido
}

func (h handler) cambiar(ctx context.Context, quien domain.Solicitante, in *cambiarEntrada) (_ *pedidoSalida, err error) {
	if in.Body.Motivo != "" {
		if in.Body.Motivo, err = limpio("motivo", in.Body.Motivo); err != nil {
			return nil, err
		}
	}
	p, err := h.servicio.CambiarEstado(ctx, quien, app.CambiarEstado{
		Clave: in.Key(), ID: in.ID, Estado: domain.Estado(in.Body.Estado), Nota: in.Body.Motivo, SiVersion: in.Versions(),
	})
	if err != nil {
		return nil, err
	}
	if p.Fase().Final() {
		return salida(p, http.StatusOK), nil
	}
	return salida(p, http.StatusAccepted), nil
}

// puedeDecidir makes 404 and 403 come before the refusal of a wrong body.
func (h handler) puedeDecidir(ctx context.Context, id int64, request huma.Context) error {
	quien, err := usuario(ctx)
	if err != nil {
		return err
	}
	p, err := h.servicio.Obtener(ctx, quien, id)
	if err != nil {
		return err
	}
	_, err = quien.PuedeDecidir(p, estadoPedido(request))
	return err
}

// estadoPedido is the state that the body asks for, also when the rest of the body is wrong; "" when it asks for none.
func estadoPedido(request huma.Context) domain.Estado {
	var cuerpo map[string]any
	raw, err := io.ReadAll(request.BodyReader())
	if err != nil || json.Unmarshal(raw, &cuerpo) != nil {
		return ""
	}
	texto, _ := cuerpo["estado"].(string)
	return domain.Estado(texto)
}

// existe makes 404 come before the refusal of a wrong body.
func (h handler) existe(ctx context.Context, id int64) error {
	quien, err := usuario(ctx)
	if err != nil {
		return err
	}
	_, err = h.servicio.Obtener(ctx, quien, id)
	return err
}

func salida(p *domain.Pedido, status int) *pedidoSalida {
	return &pedidoSalida{Status: status, ETag: rest.ETag(p.Version()), Body: aRespuesta(p)}
}
