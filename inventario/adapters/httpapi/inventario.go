package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Existencias is the stock of a product as clients see it.
type Existencias struct {
	ProductoID    int64     `json:"producto_id" doc:"Identificador del producto" example:"1"`
	Cantidad      int64     `json:"cantidad" doc:"Unidades disponibles: fisico menos reservado" example:"95"`
	Fisico        int64     `json:"fisico" doc:"Unidades en el almacén, reservadas o no" example:"100"`
	Reservado     int64     `json:"reservado" doc:"Unidades que tienen las reservas activas" example:"5"`
	Minimo        int64     `json:"minimo" doc:"Por debajo de esta cantidad disponible conviene reponer" example:"10"`
	Version       int64     `json:"version" doc:"Crece con cada cambio, desde 1" example:"3"`
	ActualizadoEn time.Time `json:"actualizado_en" doc:"Último cambio (UTC)"`
}

func aRespuesta(e *domain.Existencias) Existencias {
	return Existencias{
		ProductoID: e.ProductoID(), Cantidad: e.Disponible(), Fisico: e.Fisico(), Reservado: e.Reservado(),
		Minimo: e.Minimo(), Version: e.Version(), ActualizadoEn: e.ActualizadoEn(),
	}
}

type existenciasSalida struct {
	ETag string `header:"ETag" doc:"La versión entre comillas"`
	Body Existencias
}

func conExistencias(e *domain.Existencias, err error) (*existenciasSalida, error) {
	if err != nil {
		return nil, err
	}
	return &existenciasSalida{ETag: rest.ETag(e.Version()), Body: aRespuesta(e)}, nil
}

// ConsultaDeExistencias is the stock of a product, as much of it as the caller may see.
type ConsultaDeExistencias struct {
	ProductoID    int64      `json:"producto_id" doc:"Identificador del producto" example:"1"`
	Cantidad      int64      `json:"cantidad" doc:"Unidades disponibles" example:"95"`
	Fisico        *int64     `json:"fisico,omitempty" doc:"Unidades en el almacén; como lo que sigue, solo con el permiso inventario:leer" example:"100"`
	Reservado     *int64     `json:"reservado,omitempty" doc:"Unidades que tienen las reservas activas" example:"5"`
	Minimo        *int64     `json:"minimo,omitempty" doc:"Por debajo de esta cantidad disponible conviene reponer" example:"10"`
	Version       *int64     `json:"version,omitempty" doc:"Crece con cada cambio, desde 1; es también el ETag" example:"3"`
	ActualizadoEn *time.Time `json:"actualizado_en,omitempty" doc:"Último cambio (UTC)"`
}

func aConsulta(e *domain.Existencias, todo bool) ConsultaDeExistencias {
	c := ConsultaDeExistencias{ProductoID: e.ProductoID(), Cantidad: e.Disponible()}
	if todo {
		r := aRespuesta(e)
		c.Fisico, c.Reservado, c.Minimo, c.Version, c.ActualizadoEn = &r.Fisico, &r.Reservado, &r.Minimo, &r.Version, &r.ActualizadoEn
	}
	return c
}

func (h handler) registrarInventario(api huma.API) {
	tags := []string{"Inventario"}
	huma.Register(api, huma.Operation{
		OperationID: "listarInventario", Method: http.MethodGet, Path: "/inventario", Tags: tags,
		Summary:     "Listar el inventario",
		Description: "Por `producto_id` ascendente. La cabecera Link lleva a la página siguiente.",
		Security:    rest.Scopes(domain.AlcanceLeer),
	}, h.listar)
	huma.Register(api, huma.Operation{
		OperationID: "crearInventario", Method: http.MethodPost, Path: "/inventario", Tags: tags,
		Summary:       "Dar de alta el inventario de un producto",
		Description:   "El producto debe existir en el catálogo: 404 PRODUCTO_NO_EXISTE. 409 YA_EXISTE si ya tiene inventario.",
		DefaultStatus: http.StatusCreated,
		Security:      rest.Scopes(domain.AlcanceEscribir),
		Metadata:      rest.Faults(domain.ErrProductoNoExiste, domain.ErrYaExiste),
	}, h.crear)
	huma.Register(api, huma.Operation{
		OperationID: "obtenerInventario", Method: http.MethodGet, Path: "/inventario/{producto_id}", Tags: tags,
		Summary: "Consultar el inventario de un producto",
		Description: "Sin el permiso inventario:leer, solo `producto_id` y `cantidad`. Con `en`, como estaba en ese instante; hace " +
			"falta ese permiso. `minimo` es siempre el actual.",
		Responses: map[string]*huma.Response{"304": {Description: "No ha cambiado desde la versión de If-None-Match"}},
		Security:  rest.Scopes(domain.AlcanceConsultar),
		Metadata:  rest.Visible(h.puedeVerAntes, domain.ErrInventarioNoExiste),
	}, h.obtener)
	huma.Register(api, huma.Operation{
		OperationID: "moverInventario", Method: http.MethodPatch, Path: "/inventario/{producto_id}", Tags: tags,
		Summary: "Mover existencias a mano",
		Description: "ENTRADA y DEVOLUCION suman; SALIDA y MERMA restan de lo disponible, o 409 STOCK_INSUFICIENTE con " +
			"`disponible` y `reservado`. Responde lo que queda después.",
		Security: rest.Scopes(domain.AlcanceEscribir),
		Metadata: rest.Found(h.existe, domain.ErrInventarioNoExiste, domain.ErrStockInsuficiente),
	}, h.mover)
	huma.Register(api, huma.Operation{
		OperationID: "ponerMinimo", Method: http.MethodPut, Path: "/inventario/{producto_id}/minimo", Tags: tags,
		Summary:     "Decir por debajo de qué cantidad conviene reponer",
		Description: "Se puede repetir: el mismo mínimo no cambia nada. Responde el inventario.",
		Security:    rest.Scopes(domain.AlcanceEscribir),
		Metadata:    rest.Found(h.existe, domain.ErrInventarioNoExiste),
	}, h.ponerMinimo)
}

type listarEntrada struct {
	rest.Page
	BajoMinimo rest.Optional[bool] `query:"bajo_minimo" doc:"true: solo los productos con menos unidades disponibles que su mínimo (cantidad < minimo); false: solo los demás"`
	ProductoID int64               `query:"producto_id" minimum:"1" doc:"Solo este producto"`
}

type listarSalida struct {
	Link string        `header:"Link" doc:"La página siguiente (RFC 8288), si la hay"`
	Body []Existencias `nullable:"false"`
}

func (h handler) listar(ctx context.Context, in *listarEntrada) (*listarSalida, error) {
	lista, err := h.servicio.Listar(ctx, ports.Filtro{
		DespuesDe: in.After(), ProductoID: in.ProductoID, BajoMinimo: in.BajoMinimo.Pointer(), Limite: in.Limite + 1,
	})
	if err != nil {
		return nil, err
	}
	pagina, link := rest.PageOf(&in.Page, lista, (*domain.Existencias).ProductoID)
	return &listarSalida{Link: link, Body: rest.List(pagina, aRespuesta)}, nil
}

// NuevoInventario is the body of POST /inventario.
type NuevoInventario struct {
	ProductoID int64 `json:"producto_id" minimum:"1" doc:"Un producto del catálogo" example:"2"`
	Cantidad   int64 `json:"cantidad" minimum:"0" maximum:"1000000" doc:"Unidades iniciales" example:"100"`
	Minimo     int64 `json:"minimo,omitempty" minimum:"0" maximum:"1000000000000" doc:"Por debajo conviene reponer" example:"10"`
}

type crearEntrada struct {
	rest.IdempotencyKey
	Body NuevoInventario
}

func (e *crearEntrada) aComando() app.DarDeAlta {
	return app.DarDeAlta{Clave: e.Key(), ProductoID: e.Body.ProductoID, Cantidad: e.Body.Cantidad, Minimo: e.Body.Minimo}
}

type crearSalida struct {
	Location string `header:"Location" doc:"La dirección del inventario creado"`
	ETag     string `header:"ETag" doc:"La versión entre comillas"`
	Body     Existencias
}

func (h handler) crear(ctx context.Context, in *crearEntrada) (*crearSalida, error) {
	nuevas, err := h.servicio.DarDeAlta(ctx, solicitante(ctx), in.aComando())
	if err != nil {
		return nil, err
	}
	return &crearSalida{
		Location: "/inventario/" + strconv.FormatInt(nuevas.ProductoID(), 10), ETag: rest.ETag(nuevas.Version()),
		Body: aRespuesta(nuevas),
	}, nil
}

type obtenerEntrada struct {
	ProductoID  int64                    `path:"producto_id" minimum:"1" doc:"Identificador del producto" example:"1"`
	En          rest.Optional[time.Time] `query:"en" doc:"Un instante pasado (RFC 3339)"`
	IfNoneMatch string                   `header:"If-None-Match" doc:"El ETag de una respuesta anterior: 304 si sigue siendo el actual"`
}

type obtenerSalida struct {
	Status int
	ETag   string `header:"ETag" doc:"La versión entre comillas, de lo que hay ahora"`
	Body   *ConsultaDeExistencias
}

func (h handler) obtener(ctx context.Context, in *obtenerEntrada) (*obtenerSalida, error) {
	quien := solicitante(ctx)
	if in.En.Set {
		e, err := h.servicio.En(ctx, quien, in.ProductoID, in.En.Value)
		if err != nil {
			return nil, err
		}
		return &obtenerSalida{Status: http.StatusOK, Body: new(aConsulta(e, true))}, nil // En has checked the scope
	}
	e, err := h.servicio.Obtener(ctx, in.ProductoID)
	if err != nil {
		return nil, err
	}
	out := &obtenerSalida{Status: http.StatusOK, ETag: rest.ETag(e.Version())}
	if rest.NotModified(in.IfNoneMatch, e.Version()) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	out.Body = new(aConsulta(e, quien.Puede(domain.AlcanceLeer)))
	return out, nil
}

// NuevoMovimiento is the body of PATCH /inventario/{producto_id}.
type NuevoMovimiento struct {
	Cantidad int64 `json:"cantidad" minimum:"1" maximum:"1000000" doc:"Unidades que se mueven, siempre positivas" example:"5"`

	TipoMovimiento TipoDeMovimientoManual `json:"tipo_movimiento" doc:"Qué pasa con ellas" example:"ENTRADA"`
	Motivo         string                 `json:"motivo,omitempty" maxLength:"500" doc:"Por qué" example:"Pedido al proveedor"`
	Referencia     string                 `json:"referencia,omitempty" maxLength:"100" doc:"Número de albarán o similar" example:"ALB-2026-17"`
}

type moverEntrada struct {
	rest.IdempotencyKey
	rest.IfMatch
	ProductoID int64 `path:"producto_id" minimum:"1" doc:"Identificador del producto" example:"1"`
	Body       NuevoMovimiento
}

func (e *moverEntrada) aComando() app.MoverExistencias {
	return app.MoverExistencias{
		Clave: e.Key(), ProductoID: e.ProductoID, Tipo: domain.Tipo(e.Body.TipoMovimiento), Cantidad: e.Body.Cantidad,
		Motivo: e.Body.Motivo, Referencia: e.Body.Referencia, SiVersion: e.Versions(),
	}
}

func (h handler) mover(ctx context.Context, in *moverEntrada) (*existenciasSalida, error) {
	return conExistencias(h.servicio.Mover(ctx, solicitante(ctx), in.aComando()))
}

// NuevoMinimo is the body of PUT /inventario/{producto_id}/minimo.
type NuevoMinimo struct {
	Minimo int64 `json:"minimo" minimum:"0" maximum:"1000000000000" doc:"Por debajo conviene reponer" example:"10"`
}

type minimoEntrada struct {
	rest.IfMatch
	ProductoID int64 `path:"producto_id" minimum:"1" doc:"Identificador del producto" example:"1"`
	Body       NuevoMinimo
}

func (h handler) ponerMinimo(ctx context.Context, in *minimoEntrada) (*existenciasSalida, error) {
	return conExistencias(h.servicio.PonerMinimo(ctx, app.PonerMinimo{
		ProductoID: in.ProductoID, Minimo: in.Body.Minimo, SiVersion: in.Versions(),
	}))
}

// puedeVerAntes makes 403 come before the refusal of a wrong instant.
func (h handler) puedeVerAntes(ctx context.Context, request huma.Context) error {
	if direccion := request.URL(); !direccion.Query().Has("en") {
		return nil
	}
	return solicitante(ctx).PuedeLeer()
}

// existe makes 404 come before the refusal of a wrong body.
func (h handler) existe(ctx context.Context, id int64) error {
	_, err := h.servicio.Obtener(ctx, id)
	return err
}
