package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/domain"
)

// LineaDeAlmacen is a quantity of one product in an answer.
type LineaDeAlmacen struct {
	ProductoID int64 `json:"producto_id" doc:"Identificador del producto" example:"1"`
	Cantidad   int64 `json:"cantidad" doc:"Unidades" example:"5"`
}

func aLineas(lineas []domain.Linea) []LineaDeAlmacen {
	return rest.List(lineas, func(l domain.Linea) LineaDeAlmacen { return LineaDeAlmacen{l.ProductoID, l.Cantidad} })
}

// NuevaLineaDeAlmacen is a quantity of one product in a request.
type NuevaLineaDeAlmacen struct {
	ProductoID int64 `json:"producto_id" minimum:"1" doc:"Identificador del producto" example:"1"`
	Cantidad   int64 `json:"cantidad" minimum:"1" maximum:"1000000" doc:"Unidades" example:"5"`
}

// Reserva is a reservation as clients see it.
type Reserva struct {
	ID            string           `json:"id" format:"uuid" doc:"El identificador que eligió quien reserva"`
	Estado        EstadoDeReserva  `json:"estado" doc:"CONSUMIDA y LIBERADA son definitivos"`
	Lineas        []LineaDeAlmacen `json:"lineas" nullable:"false" doc:"Una por producto; ninguna si el identificador se cerró sin usarse"`
	Referencia    string           `json:"referencia,omitempty" doc:"La de quien reserva" example:"pedido 17"`
	CreadoEn      time.Time        `json:"creado_en" doc:"Cuándo se vio por primera vez (UTC)"`
	ActualizadoEn time.Time        `json:"actualizado_en" doc:"Último cambio de estado (UTC)"`
}

func aRespuestaReserva(r *domain.Reserva) Reserva {
	return Reserva{
		ID: string(r.ID()), Estado: EstadoDeReserva(r.Estado()), Lineas: aLineas(r.Lineas()), Referencia: r.Referencia(),
		CreadoEn: r.CreadoEn(), ActualizadoEn: r.ActualizadoEn(),
	}
}

type reservaSalida struct{ Body Reserva }

func (h handler) registrarReservas(api huma.API) {
	tags := []string{"Reservas"}
	seguridad := rest.Scopes(domain.AlcanceReservar)
	huma.Register(api, huma.Operation{
		OperationID: "reservarExistencias", Method: http.MethodPut, Path: "/reservas/{id}", Tags: tags,
		Summary: "Reservar existencias, todas las líneas o ninguna",
		Description: "El identificador es un UUID al azar de quien llama, que no se usa nunca más; repetir la petición no reserva " +
			"dos veces. 201 la primera vez; 200 si ya estaba ACTIVA con las mismas líneas; 409 STOCK_INSUFICIENTE con `lineas`, y no " +
			"queda nada; 409 RESERVA_TERMINADA con `estado` si ya terminó; 422 RESERVA_DISTINTA si tenía otras líneas. " +
			rest.ForServices,
		DefaultStatus: http.StatusCreated,
		Responses: map[string]*huma.Response{
			"200": {Description: "Ya estaba reservado", Content: map[string]*huma.MediaType{
				"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/Reserva"}},
			}},
		},
		Security: seguridad,
		Metadata: rest.Visible(soloServicios, domain.ErrStockInsuficiente, domain.ErrReservaTerminada, domain.ErrReservaDistinta),
	}, h.reservar)
	huma.Register(api, huma.Operation{
		OperationID: "obtenerReserva", Method: http.MethodGet, Path: "/reservas/{id}", Tags: tags,
		Summary:     "Consultar una reserva",
		Description: "También una terminada. " + rest.ForServices,
		Security:    seguridad,
		Metadata:    rest.Visible(soloServicios, domain.ErrReservaNoExiste),
	}, h.obtenerReserva)
	huma.Register(api, huma.Operation{
		OperationID: "liberarReserva", Method: http.MethodPost, Path: "/reservas/{id}/liberar", Tags: tags,
		Summary: "Devolver lo reservado",
		Description: "Se puede repetir. Un identificador nunca visto queda cerrado: ya no se podrá reservar con él. " +
			"409 RESERVA_TERMINADA si está CONSUMIDA. " + rest.ForServices,
		DefaultStatus: http.StatusOK,
		Security:      seguridad,
		Metadata:      rest.Visible(soloServicios, domain.ErrReservaTerminada),
	}, h.liberar)
	huma.Register(api, huma.Operation{
		OperationID: "consumirReserva", Method: http.MethodPost, Path: "/reservas/{id}/consumir", Tags: tags,
		Summary:       "Sacar del almacén lo reservado",
		Description:   "Se puede repetir. 409 RESERVA_TERMINADA si está LIBERADA. " + rest.ForServices,
		DefaultStatus: http.StatusOK,
		Security:      seguridad,
		Metadata:      rest.Visible(soloServicios, domain.ErrReservaNoExiste, domain.ErrReservaTerminada),
	}, h.consumir)
}

type idEntrada struct {
	ID string `path:"id" format:"uuid" doc:"UUID de la reserva" example:"7d7b3a52-6f0e-4c57-9a3e-2f1d0c9b8a76"`
}

// NuevaReserva is the body of PUT /reservas/{id}.
type NuevaReserva struct {
	Lineas     []NuevaLineaDeAlmacen `json:"lineas" minItems:"1" maxItems:"100" nullable:"false" doc:"Las repetidas de un producto se suman, hasta 1000000"`
	Referencia string                `json:"referencia,omitempty" maxLength:"100" doc:"De quien llama, por ejemplo el número de pedido" example:"pedido 17"`
}

type reservarEntrada struct {
	ID   string `path:"id" format:"uuid" doc:"UUID de la reserva" example:"7d7b3a52-6f0e-4c57-9a3e-2f1d0c9b8a76"`
	Body NuevaReserva
}

func (e *reservarEntrada) aComando() app.Reservar {
	return app.Reservar{ID: e.ID, Lineas: aLineasDominio(e.Body.Lineas), Referencia: e.Body.Referencia}
}

func aLineasDominio(lineas []NuevaLineaDeAlmacen) (todas []domain.Linea) {
	for _, l := range lineas {
		todas = append(todas, domain.Linea{ProductoID: l.ProductoID, Cantidad: l.Cantidad})
	}
	return todas
}

type reservarSalida struct {
	Status int
	Body   Reserva
}

func (h handler) reservar(ctx context.Context, in *reservarEntrada) (*reservarSalida, error) {
	guardada, creada, err := h.servicio.Reservar(ctx, solicitante(ctx), in.aComando())
	if err != nil {
		return nil, err
	}
	out := &reservarSalida{Status: http.StatusOK, Body: aRespuestaReserva(guardada)}
	if creada {
		out.Status = http.StatusCreated
	}
	return out, nil
}

func (h handler) obtenerReserva(ctx context.Context, in *idEntrada) (*reservaSalida, error) {
	return conReserva(h.servicio.ObtenerReserva(ctx, solicitante(ctx), in.ID))
}

func (h handler) liberar(ctx context.Context, in *idEntrada) (*reservaSalida, error) {
	return conReserva(h.servicio.Liberar(ctx, solicitante(ctx), in.ID))
}

func (h handler) consumir(ctx context.Context, in *idEntrada) (*reservaSalida, error) {
	return conReserva(h.servicio.Consumir(ctx, solicitante(ctx), in.ID))
}

func conReserva(r *domain.Reserva, err error) (*reservaSalida, error) {
	if err != nil {
		return nil, err
	}
	return &reservaSalida{Body: aRespuestaReserva(r)}, nil
}
