// Package ports says what the use cases of pedidos need from outside: storage, the catalogue, and inventario.
//
// Every implementation, the fakes of the tests included, passes the suite of its interface in portstest. An error that a
// comment does not name is fault.Internal.
package ports

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// Pedidos stores orders. Every write is durable when it returns.
type Pedidos interface {
	// Crear stores a new order and sets its id, unless its owner would exceed topes, which are exact for concurrent orders too.
	// When an earlier try of the request has stored an order, p becomes that order, as it is now. domain.ErrDemasiadosAbiertos,
	// domain.ErrLimitePorCliente, domain.ErrDemasiadosRechazos, fault.ErrUnavailable.
	Crear(ctx context.Context, clave idempotency.Key, p *domain.Pedido, topes domain.Topes) error
	// Obtener reads an order, with its story. domain.ErrPedidoNoExiste, fault.ErrUnavailable.
	Obtener(ctx context.Context, id int64) (*domain.Pedido, error)
	// Listar reads orders by id descending, without their stories. fault.ErrUnavailable.
	Listar(ctx context.Context, f Filtro) ([]*domain.Pedido, error)
	// Actualizar applies change to the order as it is now and stores the result, all or nothing; change may run several times and
	// must touch nothing but the order. What change returns is returned as it is, with the order as it was read. When an earlier
	// try of the request of clave has made its change, change is not called, and the order is returned as it is now.
	// domain.ErrPedidoNoExiste, fault.ErrUnavailable.
	Actualizar(ctx context.Context, clave idempotency.Key, id int64, change func(*domain.Pedido) error) (*domain.Pedido, error)
}

// Filtro selects orders; zero values select all.
type Filtro struct {
	UsuarioID  int64
	ProductoID int64 // of one of its lines
	Estado     domain.Estado
	Fase       domain.Fase
	Motivo     domain.Motivo
	Desde      *time.Time // creado_en ≥; nil = open
	Hasta      *time.Time // creado_en <; nil = open
	AntesDe    int64      // id <
	Limite     int
}

// Pendientes gives unfinished work to one worker at a time.
type Pendientes interface {
	// Tomar leases up to limite orders whose RevisarEn has come, the oldest first: no other worker gets them before hasta.
	// fault.ErrUnavailable.
	Tomar(ctx context.Context, ahora, hasta time.Time, limite int) ([]*domain.Pedido, error)
	// Continuar is Pedidos.Actualizar of an order that was read before: it is read again only when it was written since. p itself
	// does not change. domain.ErrPedidoNoExiste, fault.ErrUnavailable.
	Continuar(ctx context.Context, p *domain.Pedido, change func(*domain.Pedido) error) (*domain.Pedido, error)
	// Abiertos counts the orders that are not final, by phase; a phase without orders is missing. fault.ErrUnavailable.
	Abiertos(ctx context.Context) ([]Abiertos, error)
}

// Devoluciones stores returns. Every write is durable when it returns.
type Devoluciones interface {
	// Crear stores the return that decidir makes and sets its id. decidir gets how many units of each product of the order came
	// back before; no other return of the order is stored meanwhile. It may run several times, and its error is returned
	// unchanged. When an earlier try of the request has stored a return, decidir does not run, and that return is returned as it
	// is now. fault.ErrUnavailable.
	Crear(ctx context.Context, clave idempotency.Key, pedidoID int64,
		decidir func(devuelto map[int64]int64) (*domain.Devolucion, error)) (*domain.Devolucion, error)
	// Obtener reads a return that Crear has stored. fault.ErrUnavailable.
	Obtener(ctx context.Context, id int64) (*domain.Devolucion, error)
	// DePedido reads the returns of an order by id descending, those before antesDe (0 = all). fault.ErrUnavailable.
	DePedido(ctx context.Context, pedidoID, antesDe int64, limite int) ([]*domain.Devolucion, error)
	// Anotar stores the progress of a return; a return that is HECHA stays so. fault.ErrUnavailable.
	Anotar(ctx context.Context, d *domain.Devolucion) error
}

// Reposiciones gives unfinished returns to one worker at a time.
type Reposiciones interface {
	// TomarDevoluciones leases returns as Pendientes.Tomar does orders. fault.ErrUnavailable.
	TomarDevoluciones(ctx context.Context, ahora, hasta time.Time, limite int) ([]*domain.Devolucion, error)
	// EnCurso counts the returns that are EN_CURSO; masAntigua is when the first of them was created.
	// fault.ErrUnavailable.
	EnCurso(ctx context.Context) (cuantas int64, masAntigua time.Time, err error)
}

// Abiertos are the open orders of one phase.
type Abiertos struct {
	Fase       domain.Fase
	Cuantos    int64
	MasAntiguo time.Time // since when the first of them is in the phase
}

// Abandonado is an order, with the id of its reservation: the id of an order may belong to another one after a restore.
type Abandonado struct {
	PedidoID  int64
	ReservaID string
}

// Abandonados remembers orders that their clients believe not to exist, and that must be cancelled when the database is back.
type Abandonados interface {
	// Anotar remembers an order until Borrar. After an error only this process remembers it.
	Anotar(p Abandonado) error
	// Todos are the orders that this process remembers, and those that others have noted; after an error only the former.
	Todos() ([]Abandonado, error)
	// Borrar forgets an order. It is no error when nobody remembers the order.
	Borrar(p Abandonado) error
}

// Catalogo has names and prices.
type Catalogo interface {
	// Articulos describes the products asked for; one that does not exist is missing from the map. One call for all ids.
	// fault.ErrUnavailable, which never looks like a missing product.
	Articulos(ctx context.Context, ids []int64) (map[int64]domain.Articulo, error)
}

// Reservas moves units for orders at inventario. Every call may be repeated at any later time: the id is its key.
type Reservas interface {
	// Reservar holds the units of an order's lines, or none. domain.ErrStockInsuficiente with `lineas`,
	// domain.ErrReservaTerminada when the id is closed, fault.ErrUnavailable when they may be held or not.
	Reservar(ctx context.Context, id string, pedidoID int64, lineas []domain.Linea) error
	// Liberar releases the units and closes the id, also an unused one. domain.ErrReservaTerminada when they
	// were consumed; fault.ErrUnavailable.
	Liberar(ctx context.Context, id string) error
	// Consumir takes the units off the shelf. domain.ErrReservaTerminada when they were released, domain.ErrReservaNoExiste;
	// fault.ErrUnavailable.
	Consumir(ctx context.Context, id string) error
	// Reponer puts units of an order back on the shelf, all or none. fault.ErrUnavailable.
	Reponer(ctx context.Context, id string, pedidoID int64, lineas []domain.LineaDevuelta) error
}
