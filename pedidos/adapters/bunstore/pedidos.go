// Package bunstore keeps orders in PostgreSQL or SQLite.
//
// A change is optimistic: read, apply, write where the version is still the one read, and start over when it is not. One
// statement is the whole write, so no transaction is held open and no lock outlives a statement; the closed table of phases
// in domain decides who was first. Statements on the hot path are plain SQL with $n (Bun writes arguments into the text,
// which PostgreSQL would have to parse anew for every id); the list, whose shape varies, is Bun's.
package bunstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"

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

// maxColisiones is how often a change starts over because somebody else was quicker. An order has a handful of versions in
// its whole life, so more than that is not contention.
const maxColisiones = 20

// Pedidos is the repository.
type Pedidos struct{ db *database.DB }

var (
	_ ports.Pedidos    = (*Pedidos)(nil)
	_ ports.Pendientes = (*Pedidos)(nil)
)

// New builds the repository on a migrated database.
func New(db *database.DB) *Pedidos { return &Pedidos{db: db} }

const insertSQL = `INSERT INTO pedidos (usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota, version,
	creado_en, actualizado_en, expira_en, revisar_en, intentos)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id`

// Crear implements ports.Pedidos.
func (r *Pedidos) Crear(ctx context.Context, p *domain.Pedido) error {
	f, err := aFila(p)
	if err != nil {
		return err
	}
	var id int64
	err = r.db.Writer().QueryRowContext(ctx, insertSQL, f.UsuarioID, f.ReservaID, f.Lineas, f.Moneda, f.Total, f.Fase, f.Motivo, f.Nota,
		f.Version, f.CreadoEn, f.ActualizadoEn, f.ExpiraEn, f.RevisarEn, f.Intentos).Scan(&id)
	if err != nil {
		return database.Fault(err)
	}
	p.AsignarID(id)
	return nil
}

// Obtener implements ports.Pedidos.
func (r *Pedidos) Obtener(ctx context.Context, id int64) (*domain.Pedido, error) {
	rows, err := r.db.DB.DB.QueryContext(ctx, `SELECT `+columnas+` FROM pedidos WHERE id = $1`, id)
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
const updateSQL = `UPDATE pedidos SET fase = $1, motivo = $2, nota = $3, version = $4, actualizado_en = $5, revisar_en = $6, intentos = $7
WHERE id = $8 AND version = $9`

// Actualizar implements ports.Pedidos.
func (r *Pedidos) Actualizar(ctx context.Context, id int64, change func(*domain.Pedido) error) (*domain.Pedido, error) {
	for range maxColisiones {
		p, err := r.Obtener(ctx, id)
		if err != nil {
			return nil, err
		}
		read := p.Version()
		if err := change(p); err != nil {
			return p, err
		}
		if !p.Cambiado() {
			return p, nil
		}
		written, err := r.guardar(ctx, p, read)
		if err != nil {
			return nil, err
		}
		if written {
			return p, nil
		}
	}
	return nil, fault.ErrUnavailable.New("El pedido está cambiando demasiado deprisa. Repita la petición.")
}

func (r *Pedidos) guardar(ctx context.Context, p *domain.Pedido, read int64) (bool, error) {
	f, err := aFila(p)
	if err != nil {
		return false, err
	}
	result, err := r.db.Writer().ExecContext(ctx, updateSQL, f.Fase, f.Motivo, f.Nota, f.Version, f.ActualizadoEn, f.RevisarEn, f.Intentos, f.ID, read)
	if err != nil {
		return false, database.Fault(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("update order %d: %w", f.ID, err)
	}
	return n == 1, nil
}
