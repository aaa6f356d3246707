package domain

import (
	"errors"

	"github.com/tienda-go/tienda/kit/fault"
)

// The refusals of this service. Clients switch on the second argument.
var (
	ErrPedidoNoExiste       = fault.Define(fault.NotFound, "PEDIDO_NO_EXISTE", "El pedido no existe")
	ErrProductoNoExiste     = fault.Define(fault.NotFound, "PRODUCTO_NO_EXISTE", "El producto no existe")
	ErrProductoNoDisponible = fault.Define(fault.Conflict, "PRODUCTO_NO_DISPONIBLE", "El producto no está a la venta")
	ErrPrecioCambiado       = fault.Define(fault.Conflict, "PRECIO_CAMBIADO", "El precio ha cambiado")
	ErrMonedasMezcladas     = fault.Define(fault.Invalid, "MONEDAS_MEZCLADAS", "Monedas mezcladas")
	ErrStockInsuficiente    = fault.Define(fault.Conflict, "STOCK_INSUFICIENTE", "Stock insuficiente")
	ErrDemasiadosAbiertos   = fault.Define(fault.RateLimited, "DEMASIADOS_ABIERTOS", "Demasiados pedidos abiertos")
	ErrDemasiadosRechazos   = fault.Define(fault.RateLimited, "DEMASIADOS_RECHAZOS", "Demasiados pedidos rechazados")
	ErrLimitePorCliente     = fault.Define(fault.Conflict, "LIMITE_POR_CLIENTE", "Demasiadas unidades de un producto")
	ErrDevolucionExcesiva   = fault.Define(fault.Conflict, "DEVOLUCION_EXCESIVA", "Devolución excesiva")
	ErrTransicionIlegal     = fault.Define(fault.Conflict, "TRANSICION_ILEGAL", "El pedido no admite ese cambio")
)

// ErrReservaTerminada is inventario's refusal of a reservation that is not active: it was consumed or released, or its id was
// closed before the reservation arrived.
var ErrReservaTerminada = fault.Define(fault.Conflict, "RESERVA_TERMINADA", "La reserva ya terminó")

// ErrReservaNoExiste is inventario's answer about a reservation that it does not have.
var ErrReservaNoExiste = fault.Define(fault.NotFound, "RESERVA_NO_EXISTE", "La reserva no existe")

// errImposible is about a row that this service cannot have written.
var errImposible = errors.New("domain: impossible order in storage")

// NoExiste is the answer about an order that is not stored, and about one that the caller may not see.
func NoExiste() error { return ErrPedidoNoExiste.New("No hay ningún pedido con ese identificador.") }
