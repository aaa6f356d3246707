package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/kit/database"
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

	// empezar stores a new reservation and takes what it can of its stock: creada is false when the id is taken. Reservar
	// takes the rest, or refuses it.
	empezar func(ctx context.Context, tx database.Writer, nueva *domain.Reserva, a apunte) (creada bool, despues []*domain.Existencias, err error)

	// porTurnos: the reservations of one product wait for each other in this process. On SQLite all writers wait already.
	porTurnos bool
}

func motorDe(db *database.DB) motor {
	if db.Engine() == database.Postgres {
		return motor{
			paraCambiar:    func(q *bun.SelectQuery) *bun.SelectQuery { return q.For("UPDATE") },
			bloqueoReserva: "FOR UPDATE OF r",
			cambiar:        cambiarPostgres,
			empezar:        empezarPostgres,
			porTurnos:      true,
		}
	}
	return motor{
		paraCambiar: func(q *bun.SelectQuery) *bun.SelectQuery { return q },
		cambiar:     cambiarSQLite,
		empezar:     empezarSQLite,
	}
}
