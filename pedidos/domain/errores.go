package domain

import (
	"errors"

	"github.com/tienda-go/tienda/kit/fault"
)

// What this service refuses. Clients switch on the second argument.
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

// ErrReservaTerminada is how inventario refuses a reservation that is no longer active: it was consumed or released, or its
// id was closed before it ever arrived.
var ErrReservaTerminada = fault.Define(fault.Conflict, "RESERVA_TERMINADA", "La reserva ya terminó")

// ErrReservaNoExiste is how inventario answers about a reservation that it never saw.
var ErrReservaNoExiste = fault.Define(fault.NotFound, "RESERVA_NO_EXISTE", "La reserva no existe")

// errImposible is a row that no rule could have written.
var errImposible = errors.New("domain: impossible order in storage")

// NoExiste is the answer about an order that is not stored, and about one that the caller may not see.
func NoExiste() error { return ErrPedidoNoExiste.New("No hay ningún pedido con ese identificador.") }
