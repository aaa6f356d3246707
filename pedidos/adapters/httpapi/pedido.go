package httpapi

import (
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
)

// Pedido is an order as clients see it.
type Pedido struct {
	ID            int64           `json:"id" example:"1"`
	Estado        EstadoDePedido  `json:"estado"`
	Fase          FaseDePedido    `json:"fase"`
	Lineas        []LineaDePedido `json:"lineas" nullable:"false"`
	Total         money.Amount    `json:"total"`
	Moneda        string          `json:"moneda" example:"EUR" doc:"ISO 4217"`
	UsuarioID     int64           `json:"usuario_id"`
	CreadoEn      time.Time       `json:"creado_en"`
	ActualizadoEn time.Time       `json:"actualizado_en"`
	ExpiraEn      *time.Time      `json:"expira_en" doc:"Un pedido PENDIENTE se cancela entonces; null si no caduca, como uno ACEPTADO"`

	MotivoCancelacion *MotivoDeCancelacion `json:"motivo_cancelacion" nullable:"true" doc:"null si no se ha cancelado"`
	Referencia        *string              `json:"referencia" doc:"La que dio la tienda al aceptarlo, como el número del pago; null si no hay"`
	Version           int64                `json:"version" doc:"También en ETag"`
	ProductoID        *int64               `json:"producto_id,omitempty" doc:"Solo si el pedido tiene una línea"`
	Cantidad          *int64               `json:"cantidad,omitempty" doc:"Solo si el pedido tiene una línea"`
}

// LineaDePedido is one product of an order, as it was at the moment of the order.
type LineaDePedido struct {
	ProductoID int64        `json:"producto_id"`
	Nombre     string       `json:"nombre"`
	Precio     money.Amount `json:"precio" doc:"De una unidad"`
	Cantidad   int64        `json:"cantidad"`
	Subtotal   money.Amount `json:"subtotal"`
}

func aLinea(l domain.Linea) LineaDePedido {
	return LineaDePedido{l.ProductoID, l.Nombre, l.Precio, l.Cantidad, l.Subtotal}
}

func aRespuesta(p *domain.Pedido) Pedido {
	r := Pedido{
		ID: p.ID(), Estado: EstadoDePedido(p.Estado()), Fase: FaseDePedido(p.Fase()), Lineas: rest.List(p.Lineas(), aLinea),
		Total: p.Total(), Moneda: string(p.Moneda()), UsuarioID: p.UsuarioID(), CreadoEn: p.CreadoEn(),
		ActualizadoEn: p.ActualizadoEn(), Version: p.Version(),
	}
	if e := p.ExpiraEn(); !e.IsZero() {
		r.ExpiraEn = &e
	}
	if m := MotivoDeCancelacion(p.Motivo()); m != "" {
		r.MotivoCancelacion = &m
	}
	if f := p.Referencia(); f != "" {
		r.Referencia = &f
	}
	if len(r.Lineas) == 1 {
		r.ProductoID, r.Cantidad = &r.Lineas[0].ProductoID, &r.Lineas[0].Cantidad
	}
	return r
}

// NuevoPedido is the body of POST /pedidos: one product, or lines.
type NuevoPedido struct {
	ProductoID *int64 `json:"producto_id,omitempty" minimum:"1" doc:"Con cantidad, en lugar de lineas"`
	Cantidad   *int64 `json:"cantidad,omitempty" minimum:"1" maximum:"1000000"`
	Esperado
	Lineas []NuevaLineaDePedido `json:"lineas,omitempty" minItems:"1" maxItems:"100" nullable:"false" doc:"Las líneas repetidas de un producto se suman"`
}

// NuevaLineaDePedido is a product to order.
type NuevaLineaDePedido struct {
	ProductoID int64 `json:"producto_id" minimum:"1"`
	Cantidad   int64 `json:"cantidad" minimum:"1" maximum:"1000000"`
	Esperado
}

// Esperado is the price that the customer saw. Each member may be sent alone.
type Esperado struct {
	PrecioEsperado *money.Amount `json:"precio_esperado,omitempty" doc:"Si el precio ya es otro, el pedido se rechaza con PRECIO_CAMBIADO"`
	MonedaEsperada *string       `json:"moneda_esperada,omitempty" pattern:"^[A-Z]{3}$" doc:"ISO 4217. Si la moneda es otra, el pedido se rechaza con PRECIO_CAMBIADO" example:"EUR"`
}

// linea is the line that the client wrote at campo.
func (e Esperado) linea(f *fault.Fields, campo string, producto, cantidad int64) domain.LineaPedida {
	l := domain.LineaPedida{ProductoID: producto, Cantidad: cantidad, PrecioEsperado: e.PrecioEsperado, Campo: campo}
	if e.MonedaEsperada != nil {
		moneda, err := money.ParseCurrency(*e.MonedaEsperada)
		if err != nil {
			f.Add(campo+"moneda_esperada", "VALOR", "Debe ser un código ISO 4217 de una moneda con dos decimales, como EUR.")
		}
		l.MonedaEsperada = &moneda
	}
	return l
}

// TransformSchema gives an example that works as it stands: one made of all members would mix the two forms.
func (NuevoPedido) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Examples = []any{map[string]any{"producto_id": 1, "cantidad": 1}}
	return s
}

// aComando accepts one of the two forms; mixing them is fault.ErrInvalid.
func (n NuevoPedido) aComando() (c app.CrearPedido, err error) {
	var f fault.Fields
	if len(n.Lineas) > 0 {
		n.sinFormaCorta(&f)
		for i, l := range n.Lineas {
			c.Lineas = append(c.Lineas, l.linea(&f, fmt.Sprintf("lineas[%d].", i), l.ProductoID, l.Cantidad))
		}
		return c, f.Err()
	}
	if n.ProductoID == nil {
		f.Add("producto_id", "OBLIGATORIO", "Es obligatorio, con cantidad, si no se envían lineas.")
	}
	if n.Cantidad == nil {
		f.Add("cantidad", "OBLIGATORIO", "Es obligatoria, con producto_id, si no se envían lineas.")
	}
	if len(f) == 0 {
		c.Lineas = []domain.LineaPedida{n.linea(&f, "", *n.ProductoID, *n.Cantidad)}
	}
	return c, f.Err()
}

// sinFormaCorta names each member of the short form that was sent beside lines.
func (n NuevoPedido) sinFormaCorta(f *fault.Fields) {
	for campo, enviado := range map[string]bool{
		"producto_id": n.ProductoID != nil, "cantidad": n.Cantidad != nil,
		"precio_esperado": n.PrecioEsperado != nil, "moneda_esperada": n.MonedaEsperada != nil,
	} {
		if enviado {
			f.Add(campo, "VALOR", "No se puede enviar junto con lineas; escríbalo en cada línea.")
		}
	}
}
