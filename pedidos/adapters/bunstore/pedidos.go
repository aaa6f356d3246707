// Package bunstore keeps orders in PostgreSQL or SQLite.
//
// A change is optimistic: read (unless the order is in hand), apply, write where the revision is still the one read, and start
// over when it is not. One statement is the whole write, so no transaction is held open and no lock outlives a statement, except
// that the first change of a request with an Idempotency-Key is stored with its key. The closed table of phases in domain
// decides which change was first. Statements on the hot path are plain SQL with $n, which PostgreSQL keeps prepared; the list,
// whose shape varies, is Bun's.
package bunstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

//go:embed migrations
var embedded embed.FS

// Migrations are the schema's steps, for database.DB.Migrate.
func Migrations() fs.FS {
	sub, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	return sub
}

// maxColisiones is how often a change starts over because another was quicker. An order has a handful of versions in
// its whole life, so more than that is not contention.
const maxColisiones = 20

// Pedidos is the repository.
type Pedidos struct{ db *database.DB }

var (
	_ ports.Pedidos      = (*Pedidos)(nil)
	_ ports.Pendientes   = (*Pedidos)(nil)
	_ ports.Devoluciones = (*Devoluciones)(nil)
	_ ports.Reposiciones = (*Devoluciones)(nil)
)

// New builds the repository on a migrated database.
func New(db *database.DB) *Pedidos { return &Pedidos{db: db} }

// Obtener implements ports.Pedidos.
func (r *Pedidos) Obtener(ctx context.Context, id int64) (*domain.Pedido, error) {
	rows, err := r.db.DB.DB.QueryContext(ctx, `SELECT `+columnas+`, pasos FROM pedidos WHERE id = $1`, r.db.Prepared(id)...)
	if err != nil {
		return nil, database.Fault(err)
	}
	var filas []fila
	if err := r.db.ScanRows(ctx, rows, &filas); err != nil {
		return nil, database.Fault(err)
	}
	if len(filas) == 0 {
		return nil, domain.NoExiste()
	}
	return filas[0].aDominio()
}

// The lines, the price and the owner of an order are not here: they never change.
const updateSQL = `UPDATE pedidos SET fase = $1, motivo = $2, nota = $3, version = $4, actualizado_en = $5, revisar_en = $6, intentos = $7,
	pasos = $8, referencia = $9, expira_en = $10, revision = revision + 1
WHERE id = $11 AND revision = $12`

// Actualizar implements ports.Pedidos.
func (r *Pedidos) Actualizar(ctx context.Context, id int64, change func(*domain.Pedido) error) (*domain.Pedido, error) {
	p, err := r.Obtener(ctx, id)
	if err != nil {
		return nil, err
	}
	return r.Continuar(ctx, p, change)
}

// Continuar implements ports.Pendientes.
func (r *Pedidos) Continuar(
	ctx context.Context, enMano *domain.Pedido, change func(*domain.Pedido) error,
) (*domain.Pedido, error) {
	if enMano.Pasos() == nil { // out of a list: to write it would lose its story
		return r.Actualizar(ctx, enMano.ID(), change)
	}
	p := new(*enMano)
	for range maxColisiones {
		if err := change(p); err != nil || !p.Cambiado() {
			return p, err
		}
		written, err := r.guardar(ctx, p)
		if err != nil {
			return nil, err
		}
		if written {
			p.Guardado()
			return p, nil
		}
		if p, err = r.Obtener(ctx, p.ID()); err != nil {
			return nil, err
		}
	}
	return nil, fault.ErrUnavailable.New("El pedido está cambiando demasiado deprisa. Repita la petición.")
}

// guardar is false when another has written the order since it was read. The first change of a request with a key is
// its effect: both are stored together.
func (r *Pedidos) guardar(ctx context.Context, p *domain.Pedido) (written bool, err error) {
	f, err := aFila(p)
	if err != nil {
		return false, err
	}
	args := []any{f.Fase, f.Motivo, f.Nota, f.Version, f.ActualizadoEn, f.RevisarEn, f.Intentos, f.Pasos,
		f.Referencia, f.ExpiraEn, f.ID, f.Revision}
	if !idempotency.Pending(ctx) {
		result, err := r.db.Writer().ExecContext(ctx, updateSQL, r.db.Prepared(args...)...)
		if err != nil {
			return false, database.Fault(err)
		}
		return una(result)
	}
	err = r.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.Tx.ExecContext(ctx, updateSQL, r.db.Prepared(args...)...)
		if err != nil {
			return err
		}
		if written, err = una(result); err != nil || !written {
			return err
		}
		return idempotency.Bind(ctx, tx, efecto(f.ID))
	})
	return written && err == nil, err
}

// efecto is what a key is bound to: the order, or the return.
func efecto(id int64) string { return strconv.FormatInt(id, 10) }

// una reports whether a statement touched its one row.
func una(result sql.Result) (bool, error) {
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("count rows: %w", err)
	}
	return n == 1, nil
}
