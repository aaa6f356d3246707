package domain

import (
	"errors"

	"github.com/tienda-go/tienda/kit/fault"
)

// The refusals of this service. Clients switch on the second argument.
var (
	ErrProductoNoExiste      = fault.Define(fault.NotFound, "PRODUCTO_NO_EXISTE", "El producto no existe")
	ErrInventarioNoExiste    = fault.Define(fault.NotFound, "INVENTARIO_NO_EXISTE", "El producto no tiene inventario")
	ErrYaExiste              = fault.Define(fault.Conflict, "YA_EXISTE", "El producto ya tiene inventario")
	ErrStockInsuficiente     = fault.Define(fault.Conflict, "STOCK_INSUFICIENTE", "Stock insuficiente")
	ErrCambioDuranteRecuento = fault.Define(fault.Conflict, "CAMBIO_DURANTE_RECUENTO", "El inventario cambió durante el recuento")
	ErrReservaNoExiste       = fault.Define(fault.NotFound, "RESERVA_NO_EXISTE", "La reserva no existe")
	ErrReservaDistinta       = fault.Define(fault.Invalid, "RESERVA_DISTINTA", "La reserva ya existe con otras líneas")
	ErrReservaTerminada      = fault.Define(fault.Conflict, "RESERVA_TERMINADA", "La reserva ya terminó")
	ErrVerificacionNoExiste  = fault.Define(fault.NotFound, "VERIFICACION_NO_EXISTE", "La verificación no existe")
	ErrVerificacionEnCurso   = fault.Define(fault.Unavailable, "VERIFICACION_EN_CURSO", "La verificación no ha terminado")
	ErrDevolucionDistinta    = fault.Define(fault.Invalid, "DEVOLUCION_DISTINTA", "La devolución ya existe con otras líneas")
)

// errImposible is about a row that this service cannot have written.
var errImposible = errors.New("domain: impossible row in storage")

// NoExiste is the answer about a product without stock.
func NoExiste() error { return ErrInventarioNoExiste.New("Este producto no tiene inventario.") }

// NoExistiaEntonces is the answer about a product that had no stock at an instant.
func NoExistiaEntonces() error {
	return ErrInventarioNoExiste.New("Este producto no tenía inventario en ese momento.")
}

// NoExisteReserva is the answer about a reservation that is not stored.
func NoExisteReserva() error {
	return ErrReservaNoExiste.New("No hay ninguna reserva con este identificador.")
}

// NoExisteVerificacion is the answer about a verification that is not stored.
func NoExisteVerificacion() error {
	return ErrVerificacionNoExiste.New("No hay ninguna verificación con este identificador. Pida una con desde_cero=true.")
}
