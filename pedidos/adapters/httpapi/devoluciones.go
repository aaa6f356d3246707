package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/rest"
	"github.com/tienda-go/tienda/kit/text"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
)

// DevolucionDePedido is a return as clients see it.
type DevolucionDePedido struct {
	ID       int64            `json:"id" example:"1"`
	PedidoID int64            `json:"pedido_id" example:"17"`
	Lineas   []LineaDevuelta  `json:"lineas" nullable:"false" doc:"Una por producto"`
	Reponer  bool             `json:"reponer" doc:"Las unidades vuelven a la venta"`
	Motivo   *string          `json:"motivo" doc:"null si no se dijo"`
	CreadoEn time.Time        `json:"creado_en"`
	Fase     FaseDeDevolucion `json:"fase" doc:"EN_CURSO mientras el inventario no las tiene de vuelta; terminará sola"`
}

// LineaDevuelta is how many units of a product came back.
type LineaDevuelta struct {
	ProductoID int64 `json:"producto_id" minimum:"1"`
	Cantidad   int64 `json:"cantidad" minimum:"1" maximum:"1000000"`
}

func aRespuestaDevolucion(d *domain.Devolucion) DevolucionDePedido {
	r := DevolucionDePedido{
		ID: d.ID(), PedidoID: d.PedidoID(), Reponer: d.Reponer(), CreadoEn: d.CreadoEn(), Fase: FaseDeDevolucion(d.Fase()),
		Lineas: rest.List(d.Lineas(), func(l domain.LineaDevuelta) LineaDevuelta { return LineaDevuelta(l) }),
	}
	if m := d.Motivo(); m != "" {
		r.Motivo = &m
	}
	return r
}

type devolverEntrada struct {
	rest.IdempotencyKey
	ID   int64 `path:"id" minimum:"1" example:"2"`
	Body NuevaDevolucionDePedido
}

// NuevaDevolucionDePedido is the body of POST /pedidos/{id}/devoluciones.
type NuevaDevolucionDePedido struct {
	Lineas []NuevaLineaDevuelta `json:"lineas" minItems:"1" maxItems:"100" nullable:"false" doc:"Las líneas repetidas de un producto se suman"`

	Reponer bool   `json:"reponer" doc:"true si las unidades vuelven a la venta; false si no, por rotas o abiertas" example:"true"`
	Motivo  string `json:"motivo,omitempty" minLength:"1" maxLength:"500" doc:"Por qué, en palabras de quien la atiende" example:"le sobra una"`
}

// NuevaLineaDevuelta is a line of it.
type NuevaLineaDevuelta struct {
	ProductoID int64 `json:"producto_id" minimum:"1" example:"1"`
	Cantidad   int64 `json:"cantidad" minimum:"1" maximum:"1000000" example:"1"`
}

func (e *devolverEntrada) aComando() (c app.Devolver, err error) {
	c = app.Devolver{Clave: e.Key(), PedidoID: e.ID, Reponer: e.Body.Reponer}
	for i, l := range e.Body.Lineas {
		c.Lineas = append(c.Lineas, domain.LineaPedida{ProductoID: l.ProductoID, Cantidad: l.Cantidad,
			Campo: fmt.Sprintf("lineas[%d].", i)})
	}
	if e.Body.Motivo != "" {
		c.Motivo, err = limpio("motivo", e.Body.Motivo)
	}
	return c, err
}

// limpio is a typed text in the form in which it is stored.
func limpio(campo, escrito string) (string, error) {
	limpio, err := text.Clean(escrito)
	var f fault.Fields
	switch {
	case errors.Is(err, text.ErrEmpty):
		f.Add(campo, "FORMATO", "Escriba algún carácter visible, o no envíe el campo.")
	case err != nil:
		f.Add(campo, "FORMATO", text.InvisibleMessage)
	}
	return limpio, f.Err()
}

type devolucionSalida struct {
	Status int
	Body   DevolucionDePedido
}

func (h handler) devolver(ctx context.Context, quien domain.Solicitante, in *devolverEntrada) (*devolucionSalida, error) {
	comando, err := in.aComando()
	if err != nil {
		return nil, err
	}
	d, err := h.servicio.Devolver(ctx, quien, comando)
	if err != nil {
		return nil, err
	}
	out := &devolucionSalida{Status: http.StatusCreated, Body: aRespuestaDevolucion(d)}
	if d.Fase() != domain.DevolucionHecha {
		out.Status = http.StatusAccepted
	}
	return out, nil
}

type devolucionesSalida struct {
	Link string `header:"Link"`
	Body []DevolucionDePedido
}

func (h handler) devoluciones(ctx context.Context, quien domain.Solicitante, in *struct {
	rest.Page
	ID int64 `path:"id" minimum:"1" example:"2"`
},
) (*devolucionesSalida, error) {
	lista, err := h.servicio.Devoluciones(ctx, quien, in.ID, in.After(), in.Limite+1)
	if err != nil {
		return nil, err
	}
	pagina, link := rest.PageOf(&in.Page, lista, (*domain.Devolucion).ID)
	return &devolucionesSalida{Link: link, Body: rest.List(pagina, aRespuestaDevolucion)}, nil
}
