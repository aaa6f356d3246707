package httpapi

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// ExplicacionDePedido is the story of an order.
type ExplicacionDePedido struct {
	PedidoID  int64          `json:"pedido_id"`
	ReservaID string         `json:"reserva_id,omitempty" doc:"La reserva en el inventario; solo para el personal"`
	RequestID string         `json:"request_id,omitempty" doc:"La petición que hizo el pedido; solo para el personal"`
	Pasos     []PasoDePedido `json:"pasos" nullable:"false" doc:"Del más antiguo al más nuevo"`
}

// PasoDePedido is one attempt of one step.
type PasoDePedido struct {
	Paso       AccionDePaso    `json:"paso" doc:"RESERVAR, LIBERAR, CONSUMIR y REPONER se piden al inventario"`
	Cuando     time.Time       `json:"cuando" doc:"Cuándo empezó (UTC)"`
	Intento    int             `json:"intento" minimum:"1"`
	DuracionMS *float64        `json:"duracion_ms" minimum:"0" doc:"null mientras está en curso, y si se interrumpió"`
	Resultado  ResultadoDePaso `json:"resultado"`
	RequestID  string          `json:"request_id,omitempty" doc:"La petición que lo hizo; solo para el personal, y no si se hizo sin petición"`
	Detalle    string          `json:"detalle" doc:"Qué pasó; el dueño del pedido ve menos que el personal"`
}

type explicacionSalida struct{ Body ExplicacionDePedido }

func (h handler) explicar(ctx context.Context, quien domain.Solicitante, in *struct {
	ID int64 `path:"id" minimum:"1" example:"1"`
},
) (*explicacionSalida, error) {
	p, pasos, err := h.servicio.Historia(ctx, quien, in.ID)
	if err != nil {
		return nil, err
	}
	return &explicacionSalida{Body: aExplicacion(p, pasos, quien.Personal())}, nil
}

// aExplicacion puts the story of an order into words; the internal parts are for staff.
func aExplicacion(p *domain.Pedido, pasos []domain.Paso, personal bool) ExplicacionDePedido {
	e := ExplicacionDePedido{PedidoID: p.ID(),
		Pasos: rest.List(pasos, func(paso domain.Paso) PasoDePedido { return aPaso(p, paso, personal) })}
	if personal {
		e.ReservaID = p.ReservaID()
	}
	if personal && len(pasos) > 0 {
		e.RequestID = pasos[0].Peticion
	}
	return e
}

func aPaso(p *domain.Pedido, paso domain.Paso, personal bool) PasoDePedido {
	r := PasoDePedido{
		Paso: AccionDePaso(paso.Accion), Cuando: paso.Cuando, Intento: paso.Intento, Resultado: ResultadoDePaso(paso.Resultado),
		Detalle: detalle(p, paso),
	}
	if paso.Resultado != domain.EnCurso && paso.Resultado != domain.Interrumpido {
		r.DuracionMS = new(float64(paso.Duracion.Microseconds()) / 1000)
	}
	if personal {
		r.RequestID = paso.Peticion
	}
	if personal && paso.Interno != "" {
		r.Detalle += " (" + paso.Interno + ")"
	}
	return r
}

func detalle(p *domain.Pedido, paso domain.Paso) string {
	switch paso.Resultado {
	case domain.EnCurso:
		return "Pedido al inventario; aún no se conoce el resultado."
	case domain.Interrumpido:
		return "Se interrumpió antes de anotar el resultado; se repite o se deshace."
	case domain.Fallido:
		return "El inventario no dio una respuesta fiable; se repite o se deshace."
	case domain.Rechazado:
		if paso.Accion == domain.PasoLiberar {
			return "No se pudo liberar: las unidades ya habían salido del almacén."
		}
		return "Sin existencias: " + enumerar(paso.Faltas, func(f domain.Falta) string {
			return fmt.Sprintf("producto %d, pedidas %d, disponibles %d", f.ProductoID, f.Solicitado, f.Disponible)
		}) + "."
	}
	switch paso.Accion {
	case domain.PasoCrear:
		return fmt.Sprintf("Pedido guardado por %s %s: %s.", p.Total(), p.Moneda(), unidades(p))
	case domain.PasoReservar:
		return "Reservado: " + unidades(p) + "."
	case domain.PasoAceptar:
		if paso.Detalle == "" {
			return "Aceptado por el personal; ya no caduca."
		}
		return "Aceptado por el personal con la referencia " + paso.Detalle + "; ya no caduca."
	case domain.PasoCancelar:
		return "Cancelado: " + motivos[domain.Motivo(paso.Detalle)] + "."
	case domain.PasoLiberar:
		return "Devuelto a la venta lo que estaba reservado: " + unidades(p) + "."
	case domain.PasoCompletar:
		return "Completado por el personal."
	case domain.PasoDevolver:
		return "El cliente devolvió: " + devueltas(paso) + "."
	case domain.PasoReponer:
		return "De vuelta en el almacén: " + devueltas(paso) + "."
	default:
		return "Salió del almacén: " + unidades(p) + "."
	}
}

// motivos are the reasons of a cancellation in words.
var motivos = map[domain.Motivo]string{
	domain.MotivoUsuario:  "lo pidió su dueño",
	domain.MotivoSoporte:  "lo pidió el personal de la tienda",
	domain.MotivoExpirado: "pasó su fecha de caducidad",
	domain.MotivoSistema:  "no se pudo confirmar su reserva",
}

func unidades(p *domain.Pedido) string {
	return enumerar(p.Lineas(), func(l domain.Linea) string { return fmt.Sprintf("%d × producto %d", l.Cantidad, l.ProductoID) })
}

func devueltas(paso domain.Paso) string {
	return enumerar(paso.Devueltas,
		func(l domain.LineaDevuelta) string { return fmt.Sprintf("%d × producto %d", l.Cantidad, l.ProductoID) })
}

func enumerar[T any](lista []T, texto func(T) string) string {
	return strings.Join(rest.List(lista, texto), "; ")
}
