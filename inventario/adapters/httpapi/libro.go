package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Movimiento is a row of the ledger as clients see it.
type Movimiento struct {
	ID             int64            `json:"id" doc:"Crece con el tiempo" example:"42"`
	ProductoID     int64            `json:"producto_id" example:"1"`
	Tipo           TipoDeMovimiento `json:"tipo"`
	Cantidad       int64            `json:"cantidad" doc:"Unidades que mueve, sin signo" example:"5"`
	DeltaFisico    int64            `json:"delta_fisico" doc:"Lo que cambia fisico" example:"5"`
	DeltaReservado int64            `json:"delta_reservado" doc:"Lo que cambia reservado" example:"0"`
	Fisico         int64            `json:"fisico" doc:"Lo que hay después" example:"105"`
	Reservado      int64            `json:"reservado" doc:"Lo que está reservado después" example:"5"`
	Actor          string           `json:"actor" doc:"Quién: el identificador del usuario, o servicio:pedidos" example:"7"`
	Motivo         string           `json:"motivo"`
	Referencia     string           `json:"referencia"`
	ReservaID      *string          `json:"reserva_id" doc:"null si no es de una reserva"`
	RequestID      string           `json:"request_id" doc:"En qué petición"`
	CreadoEn       time.Time        `json:"creado_en" doc:"Cuándo (UTC)"`
}

func aRespuestaAsiento(a domain.Asiento) Movimiento {
	m := Movimiento{
		ID: a.ID, ProductoID: a.ProductoID, Tipo: TipoDeMovimiento(a.Tipo), Cantidad: a.Cantidad(), DeltaFisico: a.DeltaFisico,
		DeltaReservado: a.DeltaReservado, Fisico: a.Fisico, Reservado: a.Reservado, Actor: a.Causa.Actor, Motivo: a.Motivo,
		Referencia: a.Referencia, RequestID: a.Causa.Peticion, CreadoEn: a.Causa.Cuando,
	}
	if a.ReservaID != "" {
		m.ReservaID = new(string(a.ReservaID))
	}
	return m
}

// Verificacion is the result of a verification, as clients see it.
type Verificacion struct {
	ID int64 `json:"id,omitempty" doc:"De una verificación desde cero; como lo que sigue hasta productos, solo en ella" example:"1"`

	Estado        string         `json:"estado,omitempty" enum:"EN_CURSO,HECHA" doc:"EN_CURSO: las cifras son las de ahora, y faltan"`
	PedidaEn      *time.Time     `json:"pedida_en,omitempty" doc:"Cuándo se pidió (UTC)"`
	ActualizadaEn *time.Time     `json:"actualizada_en,omitempty" doc:"Cuándo avanzó por última vez (UTC)"`
	Productos     int64          `json:"productos" doc:"Cuántos tienen inventario"`
	Movimientos   int64          `json:"movimientos" doc:"Cuántos tiene el libro, también los repasados antes"`
	Discrepancias []Discrepancia `json:"discrepancias" nullable:"false" doc:"Ninguna si todo cuadra; como mucho 1000"`
}

// Discrepancia is one difference between the ledger and the stock.
type Discrepancia struct {
	ProductoID   int64              `json:"producto_id"`
	Que          TipoDeDiscrepancia `json:"que" doc:"Qué no cuadra"`
	MovimientoID *int64             `json:"movimiento_id" doc:"null si no es de un movimiento"`
	ReservaID    *string            `json:"reserva_id" doc:"null si no es de una reserva"`
	Esperado     int64              `json:"esperado" doc:"Lo que dicen los movimientos, o la reserva"`
	Encontrado   int64              `json:"encontrado"`
}

func aRespuestaVerificacion(v domain.Verificacion) Verificacion {
	r := Verificacion{Productos: v.Productos, Movimientos: v.Movimientos, Discrepancias: []Discrepancia{}}
	for _, d := range v.Discrepancias {
		una := Discrepancia{ProductoID: d.ProductoID, Que: TipoDeDiscrepancia(d.Que), Esperado: d.Esperado, Encontrado: d.Encontrado}
		if d.MovimientoID != 0 {
			una.MovimientoID = &d.MovimientoID
		}
		if d.ReservaID != "" {
			una.ReservaID = new(string(d.ReservaID))
		}
		r.Discrepancias = append(r.Discrepancias, una)
	}
	return r
}

func aRespuestaDesdeCero(d domain.DesdeCero) Verificacion {
	r := aRespuestaVerificacion(d.Verificacion)
	r.ID, r.Estado, r.PedidaEn, r.ActualizadaEn = d.ID, "EN_CURSO", &d.PedidaEn, &d.ActualizadaEn
	if d.Hecha {
		r.Estado = "HECHA"
	}
	return r
}

func (h handler) registrarLibro(api huma.API) {
	tags := []string{"Libro"}
	huma.Register(api, huma.Operation{
		OperationID: "recontarInventario", Method: http.MethodPost, Path: "/inventario/{producto_id}/recuento", Tags: tags,
		Summary: "Anotar un recuento",
		Description: "`contado` son las unidades que hay; `esperado`, el `fisico` que había al empezar a contar. Si cambió mientras " +
			"se contaba, 409 CAMBIO_DURANTE_RECUENTO con `fisico`; si hay más reservado que contado, 409 STOCK_INSUFICIENTE con " +
			"`reservado` y `referencias`, de las reservas más nuevas. " +
			rest.NotAsItStands("en `esperado` va el `fisico` que da GET /inventario/{producto_id}"),
		DefaultStatus: http.StatusOK,
		Security:      rest.Scopes(domain.AlcanceEscribir),
		Metadata: rest.Found(h.existe,
			domain.ErrInventarioNoExiste, domain.ErrCambioDuranteRecuento, domain.ErrStockInsuficiente),
	}, h.recontar)
	huma.Register(api, huma.Operation{
		OperationID: "listarMovimientos", Method: http.MethodGet, Path: "/inventario/{producto_id}/movimientos", Tags: tags,
		Summary:     "Los movimientos de un producto",
		Description: "Del más nuevo al más antiguo. Nadie puede cambiarlos ni borrarlos.",
		Security:    rest.Scopes(domain.AlcanceLeer),
		Metadata:    rest.Found(h.existe, domain.ErrInventarioNoExiste),
	}, h.movimientos)
	huma.Register(api, huma.Operation{
		OperationID: "verificarInventario", Method: http.MethodGet, Path: "/inventario/verificacion", Tags: tags,
		Summary: "Repasar los movimientos y compararlos con las existencias",
		Description: "Informa de lo que no cuadra; no corrige nada. Sigue desde lo ya repasado, y de eso repasa otra vez una parte, " +
			"cada vez otra. Con `desde_cero=true` lo repasa todo: responde 202, y en Location está el resultado cuando termina. " +
			"503 VERIFICACION_EN_CURSO mientras haya demasiado sin repasar.",
		Responses: map[string]*huma.Response{
			"202": {Description: "Se está repasando todo", Content: map[string]*huma.MediaType{
				"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/Verificacion"}},
			}, Headers: map[string]*huma.Param{"Location": {Description: "Dónde leer el resultado",
				Schema: &huma.Schema{Type: "string"}}}},
		},
		Security: rest.Scopes(domain.AlcanceLeer),
		Metadata: rest.Faults(domain.ErrVerificacionEnCurso),
	}, h.verificar)
	huma.Register(api, huma.Operation{
		OperationID: "obtenerVerificacion", Method: http.MethodGet, Path: "/inventario/verificacion/{id}", Tags: tags,
		Summary:     "Leer el resultado de una verificación desde cero",
		Description: "La dirección es la de Location. " + rest.NotAsItStands("antes hay que pedir una con `desde_cero=true`"),
		Security:    rest.Scopes(domain.AlcanceLeer),
		Metadata:    rest.Faults(domain.ErrVerificacionNoExiste),
	}, h.obtenerVerificacion)
}

// Recuento is the body of POST /inventario/{producto_id}/recuento.
type Recuento struct {
	Contado  int64 `json:"contado" minimum:"0" maximum:"1000000000000" doc:"Unidades que hay, reservadas o no" example:"97"`
	Esperado int64 `json:"esperado" minimum:"0" maximum:"1000000000000" doc:"El fisico que había al empezar a contar" example:"100"`
}

type recuentoEntrada struct {
	rest.IdempotencyKey
	rest.IfMatch
	ProductoID int64 `path:"producto_id" minimum:"1" doc:"Identificador del producto" example:"1"`
	Body       Recuento
}

func (h handler) recontar(ctx context.Context, in *recuentoEntrada) (*existenciasSalida, error) {
	return conExistencias(h.servicio.Recontar(ctx, solicitante(ctx), app.Recontar{
		Clave: in.Key(), ProductoID: in.ProductoID, Contado: in.Body.Contado, Esperado: in.Body.Esperado, SiVersion: in.Versions(),
	}))
}

type movimientosEntrada struct {
	rest.Page
	ProductoID int64 `path:"producto_id" minimum:"1" doc:"Identificador del producto" example:"1"`
}

type movimientosSalida struct {
	Link string `header:"Link" doc:"La página siguiente, si hay más"`
	Body []Movimiento
}

func (h handler) movimientos(ctx context.Context, in *movimientosEntrada) (*movimientosSalida, error) {
	asientos, err := h.servicio.Movimientos(ctx, ports.FiltroLibro{
		ProductoID: in.ProductoID, AntesDe: in.After(), Limite: in.Limite + 1,
	})
	if err != nil {
		return nil, err
	}
	pagina, link := rest.PageOf(&in.Page, asientos, func(a domain.Asiento) int64 { return a.ID })
	return &movimientosSalida{Link: link, Body: rest.List(pagina, aRespuestaAsiento)}, nil
}

type verificarEntrada struct {
	DesdeCero bool `query:"desde_cero" doc:"true: repasarlo todo, en segundo plano"`
}

type verificarSalida struct {
	Status   int
	Location string `header:"Location" doc:"Con 202, dónde leer el resultado"`
	Body     Verificacion
}

func (h handler) verificar(ctx context.Context, in *verificarEntrada) (*verificarSalida, error) {
	if !in.DesdeCero {
		v, err := h.servicio.Verificar(ctx)
		if err != nil {
			return nil, err
		}
		return &verificarSalida{Status: http.StatusOK, Body: aRespuestaVerificacion(v)}, nil
	}
	d, err := h.servicio.VerificarDesdeCero(ctx)
	if err != nil {
		return nil, err
	}
	return &verificarSalida{
		Status: http.StatusAccepted, Location: fmt.Sprintf("/inventario/verificacion/%d", d.ID), Body: aRespuestaDesdeCero(d),
	}, nil
}

type obtenerVerificacionEntrada struct {
	ID int64 `path:"id" minimum:"1" doc:"El de la verificación" example:"1"`
}

type obtenerVerificacionSalida struct{ Body Verificacion }

func (h handler) obtenerVerificacion(ctx context.Context, in *obtenerVerificacionEntrada) (*obtenerVerificacionSalida, error) {
	d, err := h.servicio.Verificacion(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &obtenerVerificacionSalida{Body: aRespuestaDesdeCero(d)}, nil
}
