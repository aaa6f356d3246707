package httpapi

import (
	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// LineaSinExistencias is a line with more units than are available.
type LineaSinExistencias struct {
	ProductoID int64 `json:"producto_id" example:"1"`
	Solicitado int64 `json:"solicitado" doc:"Unidades que se pidieron" example:"5"`
	Disponible int64 `json:"disponible" doc:"Unidades que hay; 0 si el producto no tiene inventario" example:"3"`
}

// ProblemaPedidoSinExistencias are the members of STOCK_INSUFICIENTE here; inventario has others.
type ProblemaPedidoSinExistencias struct {
	PedidoID int64                 `json:"pedido_id,omitempty" doc:"El pedido, que queda CANCELADO / SIN_STOCK" example:"17"`
	Lineas   []LineaSinExistencias `json:"lineas" doc:"Las que no se pueden servir"`
}

// ProblemaProductosDesconocidos are the members of PRODUCTO_NO_EXISTE here; productos has none.
type ProblemaProductosDesconocidos struct {
	Productos []int64 `json:"productos" doc:"Los que no están en el catálogo"`
}

type noDisponibles struct {
	Productos []int64 `json:"productos" doc:"Los que no están a la venta"`
}

// LineaConOtroPrecio is a line whose price is not the expected one.
type LineaConOtroPrecio struct {
	ProductoID     int64         `json:"producto_id" example:"1"`
	Precio         money.Amount  `json:"precio" doc:"El de ahora"`
	Moneda         string        `json:"moneda" doc:"La de ahora" example:"EUR"`
	PrecioEsperado *money.Amount `json:"precio_esperado" nullable:"true" doc:"null si no se envió"`
	MonedaEsperada *string       `json:"moneda_esperada" nullable:"true" doc:"null si no se envió" example:"EUR"`
}

type precioCambiado struct {
	Lineas []LineaConOtroPrecio `json:"lineas" doc:"Las que tienen otro precio"`
}

// LineaSobreElLimite is a line with too many units for the customer's limit.
type LineaSobreElLimite struct {
	ProductoID int64 `json:"producto_id" example:"1"`
	Solicitado int64 `json:"solicitado" doc:"Unidades que se pidieron" example:"5"`
	Maximo     int64 `json:"maximo" doc:"Las que puede tener en sus pedidos abiertos" example:"100"`
	Abiertas   int64 `json:"abiertas" doc:"Las que ya tienen" example:"97"`
}

type limitePorCliente struct {
	Lineas []LineaSobreElLimite `json:"lineas" doc:"Las que pasan del límite"`
}

// LineaDevueltaDeMas is a product with more units in returns than in the order.
type LineaDevueltaDeMas struct {
	ProductoID int64 `json:"producto_id" example:"1"`
	Solicitado int64 `json:"solicitado" doc:"Unidades de esta devolución" example:"2"`
	Cantidad   int64 `json:"cantidad" doc:"Las que tenía el pedido" example:"3"`
	Devuelto   int64 `json:"devuelto" doc:"Las que ya han vuelto" example:"2"`
}

type devolucionExcesiva struct {
	Lineas []LineaDevueltaDeMas `json:"lineas" doc:"Las que pasan de lo que tenía el pedido"`
}

type topeDePedidos struct {
	Maximo int `json:"maximo" doc:"Cuántos se admiten" example:"50"`
}

type transicionIlegal struct {
	Estado            EstadoDePedido   `json:"estado" doc:"El que tiene"`
	Fase              FaseDePedido     `json:"fase" doc:"La que tiene"`
	EstadosPermitidos []EstadoDePedido `json:"estados_permitidos" doc:"Los que aún se pueden pedir"`
}

// problemas has the members of this service's problems beside the standard ones.
func problemas() rest.Problems {
	return rest.Problems{
		domain.ErrStockInsuficiente:    ProblemaPedidoSinExistencias{},
		domain.ErrProductoNoExiste:     ProblemaProductosDesconocidos{},
		domain.ErrProductoNoDisponible: noDisponibles{},
		domain.ErrPrecioCambiado:       precioCambiado{},
		domain.ErrTransicionIlegal:     transicionIlegal{},
		domain.ErrLimitePorCliente:     limitePorCliente{},
		domain.ErrDevolucionExcesiva:   devolucionExcesiva{},
		domain.ErrDemasiadosAbiertos:   topeDePedidos{},
		domain.ErrDemasiadosRechazos:   topeDePedidos{},
	}
}
