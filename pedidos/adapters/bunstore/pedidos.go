// Package bunstore keeps orders in PostgreSQL or SQLite.
//
// A change is optimistic: read the order, change it, write it if its revision is still the one that was read, and start again if
// not. The write is one statement, without a transaction, unless a key is stored with it. The table of phases in domain decides
// which of two changes is possible after the other. Statements on the hot path are SQL with $n, which PostgreSQL keeps prepared;
// the list, whose shape varies, is Bun's.
package bunstore

import (
	"context"
	"embed"
	"errors"
	"io/fs"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

//go:embed migrations
var embedded embed.FS

// Migrations are the steps of the schema, for database.OpenMigrated.
func Migrations() fs.FS { return keystore.Join(database.Migrations(embedded)) }

// maxColisiones is how often a change starts again because another request was first. An order has few versions in its life, so
// more collisions are not contention.
const maxColisiones = 20

// Pedidos is the repository.
type Pedidos struct {
	db *database.DB
	motor
}

var (
	_ ports.Pedidos      = (*Pedidos)(nil)
	_ ports.Pendientes   = (*Pedidos)(nil)
	_ ports.Devoluciones = (*Devoluciones)(nil)
	_ ports.Reposiciones = (*Devoluciones)(nil)
)

// New builds the repository on a migrated database.
func New(db *database.DB) *Pedidos { return &Pedidos{db, motorDe(db)} }

// Obtener implements ports.Pedidos.
func (r *Pedidos) Obtener(ctx context.Context, id int64) (*domain.Pedido, error) {
	rows, err := r.db.Read().Query(ctx, `SELECT `+columnas+`, pasos FROM pedidos WHERE id = $1`, id)
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
func (r *Pedidos) Actualizar(
	ctx context.Context, clave idempotency.Key, id int64, change func(*domain.Pedido) error,
) (*domain.Pedido, error) {
	if clave.Bound() {
		return r.Obtener(ctx, id)
	}
	p, err := r.Obtener(ctx, id)
	if err != nil {
		return nil, err
	}
	return r.cambiar(ctx, clave, p, change)
}

// Continuar implements ports.Pendientes.
func (r *Pedidos) Continuar(
	ctx context.Context, enMano *domain.Pedido, change func(*domain.Pedido) error,
) (*domain.Pedido, error) {
	if enMano.Pasos() == nil { // from a list, without its story: writing it would lose the story
		return r.Actualizar(ctx, idempotency.Key{}, enMano.ID(), change)
	}
	return r.cambiar(ctx, idempotency.Key{}, new(*enMano), change)
}

func (r *Pedidos) cambiar(
	ctx context.Context, clave idempotency.Key, p *domain.Pedido, change func(*domain.Pedido) error,
) (*domain.Pedido, error) {
	for range maxColisiones {
		if err := change(p); err != nil || !p.Cambiado() {
			return p, err
		}
		written, err := r.guardar(ctx, clave, p)
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

// errRevision: another request has written the order since it was read.
var errRevision = errors.New("the order has another revision")

// guardar is false when another request has written the order since it was read.
func (r *Pedidos) guardar(ctx context.Context, clave idempotency.Key, p *domain.Pedido) (written bool, err error) {
	i := p.Registro()
	pasos, err := enJSON(i.Pasos, aPasoFila)
	if err != nil {
		return false, err
	}
	args := []any{i.Fase, nulo(i.Motivo), i.Nota, i.Version, i.ActualizadoEn, instante(i.RevisarEn), i.Intentos, pasos,
		nulo(i.Referencia), instante(i.ExpiraEn), i.ID, i.Revision}
	if !clave.Given() {
		return database.Changed(r.db.Write().Exec(ctx, updateSQL, args...))
	}
	_, _, err = keystore.Once(ctx, r.db, clave, func(ctx context.Context, tx database.Writer) (_ int64, err error) {
		if written, err = database.Changed(tx.Exec(ctx, updateSQL, args...)); err == nil && !written {
			err = errRevision // no key is bound to what was not written
		}
		return i.ID, err
	})
	if errors.Is(err, errRevision) {
		return false, nil
	}
	return written && err == nil, err
}
