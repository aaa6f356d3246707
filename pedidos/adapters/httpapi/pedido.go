package httpapi

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
)

// Pedido is an order as clients see it.
type Pedido struct {
	ID                int64                `json:"id" example:"1"`
	Estado            EstadoDePedido       `json:"estado"`
	Fase              FaseDePedido         `json:"fase"`
	Lineas            []LineaDePedido      `json:"lineas" nullable:"false"`
	Total             money.Amount         `json:"total"`
	Moneda            string               `json:"moneda" example:"EUR" doc:"ISO 4217"`
	UsuarioID         int64                `json:"usuario_id"`
	CreadoEn          time.Time            `json:"creado_en"`
	ActualizadoEn     time.Time            `json:"actualizado_en"`
	ExpiraEn          *time.Time           `json:"expira_en" doc:"Un pedido PENDIENTE se cancela entonces; null si no caduca"`
	MotivoCancelacion *MotivoDeCancelacion `json:"motivo_cancelacion" nullable:"true" doc:"null si no se ha cancelado"`
	Version           int64                `json:"version" doc:"También en ETag"`
	ProductoID        *int64               `json:"producto_id,omitempty" doc:"Solo si el pedido tiene una línea"`
	Cantidad          *int64               `json:"cantidad,omitempty" doc:"Solo si el pedido tiene una línea"`
}

// LineaDePedido is one product of an order, as it was when it was ordered.
type LineaDePedido struct {
	ProductoID int64        `json:"producto_id"`
	Nombre     string       `json:"nombre"`
	Precio     money.Amount `json:"precio" doc:"De una unidad"`
	Cantidad   int64        `json:"cantidad"`
	Subtotal   money.Amount `json:"subtotal"`
}

func aRespuesta(p *domain.Pedido) Pedido {
	r := Pedido{
		ID: p.ID(), Estado: EstadoDePedido(p.Estado()), Fase: FaseDePedido(p.Fase()), Lineas: make([]LineaDePedido, 0, len(p.Lineas())),
		Total: p.Total(), Moneda: string(p.Moneda()), UsuarioID: p.UsuarioID(), CreadoEn: p.CreadoEn(), ActualizadoEn: p.ActualizadoEn(),
		Version: p.Version(),
	}
	for _, l := range p.Lineas() {
		r.Lineas = append(r.Lineas, LineaDePedido{l.ProductoID, l.Nombre, l.Precio, l.Cantidad, l.Subtotal})
	}
	if e := p.ExpiraEn(); !e.IsZero() {
		r.ExpiraEn = &e
	}
	if m := MotivoDeCancelacion(p.Motivo()); m != "" {
		r.MotivoCancelacion = &m
	}
	if len(r.Lineas) == 1 {
		r.ProductoID, r.Cantidad = &r.Lineas[0].ProductoID, &r.Lineas[0].Cantidad
	}
	return r
}

// NuevoPedido is either one product, as the system before had it, or lines.
type NuevoPedido struct {
	ProductoID *int64               `json:"producto_id,omitempty" minimum:"1" doc:"Con cantidad, en lugar de lineas"`
	Cantidad   *int64               `json:"cantidad,omitempty" minimum:"1" maximum:"1000000"`
	Lineas     []NuevaLineaDePedido `json:"lineas,omitempty" minItems:"1" maxItems:"100" nullable:"false" doc:"Las líneas repetidas de un producto se suman"`
}

// NuevaLineaDePedido is a product to order.
type NuevaLineaDePedido struct {
	ProductoID     int64         `json:"producto_id" minimum:"1"`
	Cantidad       int64         `json:"cantidad" minimum:"1" maximum:"1000000"`
	PrecioEsperado *money.Amount `json:"precio_esperado,omitempty" doc:"Si el precio ya es otro, el pedido se rechaza con PRECIO_CAMBIADO"`
}

// TransformSchema gives an example that works as it stands: one made of all members would mix the two forms.
func (NuevoPedido) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Examples = []any{map[string]any{"producto_id": 1, "cantidad": 1}}
	return s
}

// aComando accepts one of the two forms; mixing them is fault.ErrInvalid.
func (n NuevoPedido) aComando(usuarioID int64) (app.CrearPedido, error) {
	c := app.CrearPedido{UsuarioID: usuarioID}
	var f fault.Fields
	switch {
	case len(n.Lineas) > 0 && (n.ProductoID != nil || n.Cantidad != nil):
		f.Add("lineas", "VALOR", "Envíe lineas, o producto_id y cantidad, pero no ambos.")
	case len(n.Lineas) > 0:
		for _, l := range n.Lineas {
			c.Lineas = append(c.Lineas, domain.LineaPedida{ProductoID: l.ProductoID, Cantidad: l.Cantidad, PrecioEsperado: l.PrecioEsperado})
		}
	default:
		if n.ProductoID == nil {
			f.Add("producto_id", "OBLIGATORIO", "Es obligatorio, con cantidad, si no se envían lineas.")
		}
		if n.Cantidad == nil {
			f.Add("cantidad", "OBLIGATORIO", "Es obligatoria, con producto_id, si no se envían lineas.")
		}
		if len(f) == 0 {
			c.Lineas = []domain.LineaPedida{{ProductoID: *n.ProductoID, Cantidad: *n.Cantidad}}
		}
	}
	return c, f.Err()
}
