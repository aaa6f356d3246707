// Package ports says what the use cases need from outside: somewhere to keep stock and reservations, and the catalogue.
//
// portstest holds the suites that every implementation passes; the one for storage is the specification of its SQL. Any
// method may also fail with fault.ErrUnavailable (what it needs is down: repeat later) or with an error that is no fault (a
// defect). A method that fails has changed nothing.
package ports

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/kit/idempotency"
)

// Existencias keeps the stock of every product, and writes one row of the ledger for every change, in the same transaction.
// Concurrent changes of a product never lose each other, and never make more available than there is.
//
// A change with the key of a request is made once: when an earlier try has made it, nothing is done, and what comes back is the stock
// that this try left.
type Existencias interface {
	// Alta stores the stock of a product that had none; nuevas is then what is stored.
	// domain.ErrYaExiste.
	Alta(ctx context.Context, clave idempotency.Key, nuevas *domain.Existencias, causa domain.Causa) error

	// Obtener finds the stock of a product.
	// domain.ErrInventarioNoExiste.
	Obtener(ctx context.Context, productoID int64) (*domain.Existencias, error)

	// Listar returns stock by product ascending. Nothing found is an empty answer.
	Listar(ctx context.Context, filtro Filtro) ([]*domain.Existencias, error)

	// Mover changes stock as a person asked, by a movement or a count, and returns the stock after it.
	// domain.ErrInventarioNoExiste, domain.ErrStockInsuficiente with `disponible` and `reservado`, and for a count with the newest
	// `referencias` that reserve the units, domain.ErrCambioDuranteRecuento with `fisico`, fault.ErrInvalid beyond
	// domain.MaxFisico, fault.ErrPrecondition in another version than the movement asks for.
	Mover(ctx context.Context, clave idempotency.Key, m domain.Movimiento, causa domain.Causa) (*domain.Existencias, error)

	// PonerMinimo changes the minimum of a product, in one of the versions siVersion or (none) in any, and returns the stock after it. The
	// same minimum changes nothing.
	// domain.ErrInventarioNoExiste, fault.ErrPrecondition.
	PonerMinimo(ctx context.Context, productoID, minimo int64, siVersion []int64, ahora time.Time) (*domain.Existencias, error)

	// De is the stock of those of the products that have any, in one question.
	De(ctx context.Context, productos []int64) (map[int64]*domain.Existencias, error)
}

// Libro is the ledger: every change of stock, with its cause and the balances after it. It only grows.
type Libro interface {
	// Movimientos are the rows of a product, the newest first. Nothing found is an empty answer.
	Movimientos(ctx context.Context, filtro FiltroLibro) ([]domain.Asiento, error)

	// En is the stock of a product as it was at an instant; its minimum is the present one, which the ledger does not keep.
	// domain.ErrInventarioNoExiste, also before the product had stock.
	En(ctx context.Context, productoID int64, instante time.Time) (*domain.Existencias, error)

	// Verificar compares the ledger with the balances and the reservations; it mends nothing. It goes on from checkpoints and
	// reads a bounded number of rows: all that came since, if they are not too many (else Pendientes), and a stretch of the old
	// ones, another each time, so that all come up in turn.
	Verificar(ctx context.Context) (domain.Verificacion, error)
}

// Verificaciones replay the whole ledger, in steps that survive a restart.
type Verificaciones interface {
	// Pedir begins one, or finds the one that is in progress.
	Pedir(ctx context.Context, ahora time.Time) (domain.DesdeCero, error)

	// Ver tells how far one is, or what it found.
	// domain.ErrVerificacionNoExiste.
	Ver(ctx context.Context, id int64) (domain.DesdeCero, error)

	// Avanzar makes a step of the one that is in progress and not another process's; hay is false when there is nothing to do.
	Avanzar(ctx context.Context, ahora time.Time) (hay bool, err error)
}

// FiltroLibro chooses rows of the ledger.
type FiltroLibro struct {
	ProductoID int64
	AntesDe    int64 // only rows with a smaller id; 0: all
	Limite     int   // the most to return
}

// Filtro chooses stock to list.
type Filtro struct {
	DespuesDe  int64 // only products with a greater id
	ProductoID int64 // only this product; 0: any
	BajoMinimo *bool // only where less than the minimum is available, or only where it is not; nil: both
	Limite     int   // the most to return
}

// Reservas keeps reservations, each by its caller's id, and moves the stock that they hold. Every method may be repeated, and
// may race with any other about the same id: it has its effect once.
type Reservas interface {
	// Reservar takes the stock of all lines and stores the reservation, or does nothing at all. creada is false when it was
	// there before, which is returned as it is.
	// domain.ErrStockInsuficiente with `lineas`, domain.ErrReservaTerminada, domain.ErrReservaDistinta.
	Reservar(ctx context.Context, nueva *domain.Reserva, causa domain.Causa) (guardada *domain.Reserva, creada bool, err error)

	// Liberar gives the stock back. An id that was never seen is closed: reserving under it fails from then on.
	// domain.ErrReservaTerminada when it is consumed.
	Liberar(ctx context.Context, id domain.ReservaID, causa domain.Causa) (*domain.Reserva, error)

	// Consumir takes the stock off the shelf.
	// domain.ErrReservaNoExiste, domain.ErrReservaTerminada when it is released.
	Consumir(ctx context.Context, id domain.ReservaID, causa domain.Causa) (*domain.Reserva, error)

	// Obtener finds a reservation, in any state.
	// domain.ErrReservaNoExiste.
	Obtener(ctx context.Context, id domain.ReservaID) (*domain.Reserva, error)
}

// Devoluciones puts on the shelf what came back from customers, each return by its caller's id.
type Devoluciones interface {
	// Devolver adds all lines to stock and stores the return, or does nothing at all. creada is false when it was there before,
	// which is returned as it is: it may be repeated for ever, and race with itself.
	// domain.ErrDevolucionDistinta, domain.ErrInventarioNoExiste with `lineas`, fault.ErrInvalid beyond domain.MaxFisico.
	Devolver(ctx context.Context, nueva *domain.Devolucion, causa domain.Causa) (guardada *domain.Devolucion, creada bool, err error)
}

// Catalogo knows which products exist. It is another service's.
type Catalogo interface {
	// Comprobar returns nil for a product that exists, in any state.
	// domain.ErrProductoNoExiste only when the catalogue itself says so, fault.ErrUnavailable when it does not answer.
	Comprobar(ctx context.Context, productoID int64) error

	// EnVenta tells which of the products, 100 at most, are on sale. What it says may be some seconds old; minutes, while the
	// catalogue does not answer.
	// fault.ErrUnavailable when it does not answer and has not done so lately about one of them.
	EnVenta(ctx context.Context, productos []int64) (map[int64]bool, error)
}
