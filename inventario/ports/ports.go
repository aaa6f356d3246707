// Package ports says what the use cases need from outside: the storage of stock and reservations, and the catalogue.
//
// portstest holds the suites that every implementation passes; the suite of the storage is the specification of its SQL. Any
// method may also fail with fault.ErrUnavailable (repeat later) or with an error that is not a fault (a defect). A method that
// fails has changed nothing.
package ports

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// Existencias keeps the stock of every product, and writes one row of the ledger for every change, in the same transaction.
// Concurrent changes of a product are all kept, and never promise more units than there are.
//
// A change is made once for the Idempotency-Key of a request: when an earlier try has made it, the stock is returned as that try
// left it.
type Existencias interface {
	// Alta stores the stock of a product that had none. After it nuevas is the stored stock, also when an earlier try stored it.
	// domain.ErrYaExiste.
	Alta(ctx context.Context, clave idempotency.Key, nuevas *domain.Existencias, causa domain.Causa) error

	// Obtener finds the stock of a product.
	// domain.ErrInventarioNoExiste.
	Obtener(ctx context.Context, productoID int64) (*domain.Existencias, error)

	// Listar returns stock by product ascending. Nothing found is an empty answer.
	Listar(ctx context.Context, filtro Filtro) ([]*domain.Existencias, error)

	// Mover changes stock as a person asked, by a movement or a count, and returns the stock after it.
	// domain.ErrInventarioNoExiste, domain.ErrStockInsuficiente with `disponible` and `reservado`, and for a count with the
	// newest `referencias` that reserve the units, domain.ErrCambioDuranteRecuento with `fisico`, fault.ErrInvalid beyond
	// domain.MaxFisico, fault.ErrPrecondition in another version than the movement asks for.
	Mover(ctx context.Context, clave idempotency.Key, m domain.Movimiento, causa domain.Causa) (*domain.Existencias, error)

	// PonerMinimo changes the minimum of a product in one of these versions, or in any without versions, and returns the stock
	// after it. An equal minimum changes nothing. domain.ErrInventarioNoExiste, fault.ErrPrecondition.
	PonerMinimo(ctx context.Context, productoID, minimo int64, siVersion []int64, ahora time.Time) (*domain.Existencias, error)

	// De returns the stock of these products; a product without stock is missing.
	De(ctx context.Context, productos []int64) (map[int64]*domain.Existencias, error)
}

// Libro is the ledger: every change of stock, with its cause and the balances after it. It only grows.
type Libro interface {
	// Movimientos are the rows of a product, the newest first. Nothing found is an empty answer.
	Movimientos(ctx context.Context, filtro FiltroLibro) ([]domain.Asiento, error)

	// En is the stock of a product as it was at an instant, with the present minimum: the ledger has no minimum.
	// domain.ErrInventarioNoExiste, also before the product had stock.
	En(ctx context.Context, productoID int64, instante time.Time) (*domain.Existencias, error)

	// Verificar compares the ledger with the balances and the reservations, and changes no stock. It reads a bounded number of
	// rows: those since the checkpoints (Pendientes when they are too many), and a part of the old rows, each call another part.
	Verificar(ctx context.Context) (domain.Verificacion, error)
}

// Verificaciones replays the whole ledger, in steps that survive a restart.
type Verificaciones interface {
	// Pedir begins a verification, or finds the one in progress.
	Pedir(ctx context.Context, ahora time.Time) (domain.DesdeCero, error)

	// Ver returns the progress or the result of a verification.
	// domain.ErrVerificacionNoExiste.
	Ver(ctx context.Context, id int64) (domain.DesdeCero, error)

	// Avanzar makes a step of the verification in progress, unless another process has leased it; hay is false without work.
	Avanzar(ctx context.Context, ahora time.Time) (hay bool, err error)
}

// FiltroLibro chooses rows of the ledger.
type FiltroLibro struct {
	ProductoID int64
	AntesDe    int64 // only rows with a smaller id; 0 = all
	Limite     int   // the most to return
}

// Filtro chooses stock to list.
type Filtro struct {
	DespuesDe  int64 // only products with a greater id
	ProductoID int64 // only this product; 0 = any
	BajoMinimo *bool // only where less than the minimum is available, or only where it is not; nil = both
	Limite     int   // the most to return
}

// Reservas keeps reservations, each under its caller's id, and moves the stock that they hold. Every call may be repeated, also
// at the same time as other calls about the id: it has its effect once.
type Reservas interface {
	// Reservar takes the stock of all lines and stores the reservation, or does nothing. creada is false when the reservation was
	// stored before; it is returned as it is.
	// domain.ErrStockInsuficiente with `lineas`, domain.ErrReservaTerminada, domain.ErrReservaDistinta.
	Reservar(ctx context.Context, nueva *domain.Reserva, causa domain.Causa) (guardada *domain.Reserva, creada bool, err error)

	// Liberar releases the stock. It closes an unused id: Reservar fails with this id from then on.
	// domain.ErrReservaTerminada when it is consumed.
	Liberar(ctx context.Context, id domain.ReservaID, causa domain.Causa) (*domain.Reserva, error)

	// Consumir takes the stock off the shelf.
	// domain.ErrReservaNoExiste, domain.ErrReservaTerminada when it is released.
	Consumir(ctx context.Context, id domain.ReservaID, causa domain.Causa) (*domain.Reserva, error)

	// Obtener finds a reservation, in any state.
	// domain.ErrReservaNoExiste.
	Obtener(ctx context.Context, id domain.ReservaID) (*domain.Reserva, error)
}

// Devoluciones puts on the shelf what came back from customers, each return under its caller's id.
type Devoluciones interface {
	// Devolver adds all lines to stock and stores the return, or does nothing. creada is false when the return was stored before;
	// it is returned as it is. A call may be repeated at any time, also at the same time. domain.ErrDevolucionDistinta,
	// domain.ErrInventarioNoExiste with `lineas`, fault.ErrInvalid beyond domain.MaxFisico.
	Devolver(ctx context.Context, nueva *domain.Devolucion, causa domain.Causa) (guardada *domain.Devolucion, creada bool, err error)
}

// Catalogo is the list of products, which another service has.
type Catalogo interface {
	// Comprobar returns nil for a product that exists, in any state.
	// domain.ErrProductoNoExiste only when the catalogue itself says so, fault.ErrUnavailable when it does not answer.
	Comprobar(ctx context.Context, productoID int64) error

	// EnVenta returns which of the products, at most 100, are on sale. The answer may be some seconds old, or minutes while the
	// catalogue is down.
	// fault.ErrUnavailable when the catalogue is down and there is no recent answer about one of the products.
	EnVenta(ctx context.Context, productos []int64) (map[int64]bool, error)
}
