package httpapi

import (
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/inventario/domain"
)

// LineaSinExistencias is a line that cannot be reserved.
type LineaSinExistencias struct {
	ProductoID int64 `json:"producto_id" example:"1"`
	Solicitado int64 `json:"solicitado" doc:"Unidades que se pidieron" example:"5"`
	Disponible int64 `json:"disponible" doc:"Unidades que hay; 0 si el producto no tiene inventario" example:"3"`
}

type sinExistencias struct {
	Disponible  *int64   `json:"disponible,omitempty" doc:"Unidades que se pueden retirar" example:"3"`
	Reservado   *int64   `json:"reservado,omitempty" doc:"Unidades que tienen las reservas activas" example:"5"`
	Referencias []string `json:"referencias,omitempty" doc:"Las de las reservas que lo tienen, de la más nueva a la más antigua; hasta 20"`

	Lineas []LineaSinExistencias `json:"lineas,omitempty" doc:"Las líneas de la reserva que no caben"`
}

type cambioDuranteRecuento struct {
	Fisico int64 `json:"fisico" doc:"Lo que hay ahora" example:"98"`
}

type reservaTerminada struct {
	Estado EstadoDeReserva `json:"estado" doc:"Cómo terminó"`
}

// LineaSinInventario is a line of a return whose product has no stock row.
type LineaSinInventario struct {
	ProductoID int64 `json:"producto_id" example:"1"`
}

type sinInventario struct {
	Lineas []LineaSinInventario `json:"lineas,omitempty" doc:"Las líneas de la devolución cuyo producto no tiene inventario"`
}

// problemas has the members of this service's problems beside the standard ones.
func problemas() rest.Problems {
	return rest.Problems{
		domain.ErrStockInsuficiente:     sinExistencias{},
		domain.ErrCambioDuranteRecuento: cambioDuranteRecuento{},
		domain.ErrReservaTerminada:      reservaTerminada{},
		domain.ErrInventarioNoExiste:    sinInventario{},
	}
}
