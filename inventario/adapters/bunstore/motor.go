package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// motor has the statements in which PostgreSQL and SQLite differ. Each repository chooses its own once, when it is made.
type motor struct {
	// paraCambiar locks the rows of a SELECT until the transaction ends, and bloqueoReserva does so in SQL. SQLite needs neither:
	// a transaction excludes all other writers (BEGIN IMMEDIATE).
	paraCambiar    func(*bun.SelectQuery) *bun.SelectQuery
	bloqueoReserva string

	// cambiar makes the changes that are possible (domain.Existencias.Admite states the condition), writes their rows of the
	// ledger, and returns the stock after them, by product.
	cambiar func(ctx context.Context, tx database.Writer, cambios []domain.Cambio, a apunte) ([]*domain.Existencias, error)

	// reservar stores a new reservation with its stock, its lines and its ledger in one statement, which is a transaction, and
	// acabar ends one in the same way. Without stock after it, or without a reservation, they have changed nothing. SQLite has no
	// such statement; a transaction costs no round trip there.
	reservar func(ctx context.Context, w database.Writer, nueva *domain.Reserva, a apunte) (despues []*domain.Existencias, err error)
	acabar   func(ctx context.Context, w database.Writer, en domain.Estado, por domain.Tipo, a apunte) (*domain.Reserva, error)

	// porTurnos: the reservations of one product wait for each other in this process. On SQLite all writers wait already.
	porTurnos bool
}

func motorDe(db *database.DB) motor {
	if db.Engine() == database.Postgres {
		return motor{
			paraCambiar:    func(q *bun.SelectQuery) *bun.SelectQuery { return q.For("UPDATE") },
			bloqueoReserva: "FOR UPDATE OF r",
			cambiar:        cambiarPostgres,
			reservar:       reservarPostgres,
			acabar:         acabarPostgres,
			porTurnos:      true,
		}
	}
	return motor{
		paraCambiar: func(q *bun.SelectQuery) *bun.SelectQuery { return q },
		cambiar:     cambiarSQLite,
		reservar: func(context.Context, database.Writer, *domain.Reserva, apunte) ([]*domain.Existencias, error) {
			return nil, nil
		},
		acabar: func(context.Context, database.Writer, domain.Estado, domain.Tipo, apunte) (*domain.Reserva, error) {
			return nil, nil
		},
	}
}
