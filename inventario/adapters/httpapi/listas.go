package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/inventario/domain"
)

// The closed lists of the API, under the names that clients read.

// TipoDeMovimiento is a cause of a change of stock.
type TipoDeMovimiento string

// Schema is that of a closed list.
func (TipoDeMovimiento) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[TipoDeMovimiento](r, domain.Entrada, domain.Salida, domain.Merma, domain.TipoDevolucion,
		domain.TipoRecuento, domain.TipoReserva, domain.TipoLiberacion, domain.TipoConsumo)
}

// TipoDeMovimientoManual is a cause of a change by hand.
type TipoDeMovimientoManual string

// Schema is that of a closed list.
func (TipoDeMovimientoManual) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[TipoDeMovimientoManual](r, domain.Entrada, domain.Salida, domain.Merma, domain.TipoDevolucion)
}

// EstadoDeReserva is the state of a reservation.
type EstadoDeReserva string

// Schema is that of a closed list.
func (EstadoDeReserva) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[EstadoDeReserva](r, domain.Activa, domain.Consumida, domain.Liberada)
}

// NivelDeDisponibilidad is what a visitor sees of stock.
type NivelDeDisponibilidad string

// Schema is that of a closed list.
func (NivelDeDisponibilidad) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[NivelDeDisponibilidad](r, domain.Disponible, domain.Ultimas, domain.Agotado)
}

// TipoDeDiscrepancia names what does not agree.
type TipoDeDiscrepancia string

// Schema is that of a closed list.
func (TipoDeDiscrepancia) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[TipoDeDiscrepancia](r, domain.DiscrepanciaFisico, domain.DiscrepanciaReservado, domain.DiscrepanciaSaldoFisico,
		domain.DiscrepanciaSaldoReservado,
		domain.DiscrepanciaReservasActivas, domain.DiscrepanciaSinExistencias, domain.DiscrepanciaReservaTomada,
		domain.DiscrepanciaReservaTerminada, domain.DiscrepanciaReservaSinLinea, domain.DiscrepanciaDevolucion,
		domain.DiscrepanciaPuntoDeControl)
}
