package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// The closed lists of the API, under the names that clients read.

// EstadoDePedido is the state of an order as customers see it.
type EstadoDePedido string

// Schema is that of a closed list.
func (EstadoDePedido) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[EstadoDePedido](r, domain.Pendiente, domain.Completado, domain.Cancelado)
}

// FaseDePedido is the exact state of an order.
type FaseDePedido string

// Schema is that of a closed list.
func (FaseDePedido) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[FaseDePedido](r, domain.Fases...)
}

// DecisionDePedido is the state that a client may ask for.
type DecisionDePedido string

// Schema is that of a closed list.
func (DecisionDePedido) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[DecisionDePedido](r, domain.Cancelado, domain.Completado)
}

// MotivoDeCancelacion is why an order was cancelled.
type MotivoDeCancelacion string

// Schema is that of a closed list.
func (MotivoDeCancelacion) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[MotivoDeCancelacion](r, domain.MotivoSinStock, domain.MotivoUsuario, domain.MotivoSoporte,
		domain.MotivoExpirado, domain.MotivoSistema)
}

// AccionDePaso is a step of an order's story.
type AccionDePaso string

// Schema is that of a closed list.
func (AccionDePaso) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[AccionDePaso](r, domain.PasoCrear, domain.PasoReservar, domain.PasoAceptar, domain.PasoCancelar,
		domain.PasoLiberar, domain.PasoCompletar, domain.PasoConsumir, domain.PasoDevolver, domain.PasoReponer)
}

// ResultadoDePaso is how a step ended.
type ResultadoDePaso string

// Schema is that of a closed list.
func (ResultadoDePaso) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[ResultadoDePaso](r, domain.EnCurso, domain.Hecho, domain.Rechazado, domain.Fallido, domain.Interrumpido)
}

// FaseDeDevolucion says whether the units of a return are back in stock.
type FaseDeDevolucion string

// Schema is that of a closed list.
func (FaseDeDevolucion) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[FaseDeDevolucion](r, domain.DevolucionEnCurso, domain.DevolucionHecha)
}
