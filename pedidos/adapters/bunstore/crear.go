package bunstore

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/pedidos/domain"
)

const insertSQL = `INSERT INTO pedidos (usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota, version,
	creado_en, actualizado_en, expira_en, revisar_en, intentos, con_clave, revision, pasos)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id`

// Crear implements ports.Pedidos. Without a cap and without a key the insert is one statement.
func (r *Pedidos) Crear(ctx context.Context, p *domain.Pedido, maxAbiertos int) error {
	f, err := aFila(p)
	if err != nil {
		return err
	}
	if maxAbiertos == 0 && !idempotency.Pending(ctx) {
		id, err := insertar(ctx, r.db.Writer(), f)
		if err != nil {
			return database.Fault(err)
		}
		p.AsignarID(id)
		return nil
	}
	var id int64
	err = r.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := r.comprobarTope(ctx, tx, f.UsuarioID, maxAbiertos); err != nil {
			return err
		}
		if id, err = insertar(ctx, tx.Tx, f); err != nil {
			return err
		}
		return idempotency.Bind(ctx, tx, efecto(id))
	})
	if err != nil {
		return err
	}
	p.AsignarID(id)
	return nil
}

func insertar(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, f fila) (id int64, err error) {
	err = q.QueryRowContext(ctx, insertSQL, f.UsuarioID, f.ReservaID, f.Lineas, f.Moneda, f.Total, f.Fase, f.Motivo, f.Nota,
		f.Version, f.CreadoEn, f.ActualizadoEn, f.ExpiraEn, f.RevisarEn, f.Intentos, f.ConClave, f.Revision, f.Pasos).Scan(&id)
	return id, err
}

// comprobarTope counts the open orders of a user, one request after the other: on PostgreSQL behind a lock of the user's, on
// SQLite a transaction is alone anyway.
func (r *Pedidos) comprobarTope(ctx context.Context, tx bun.Tx, usuarioID int64, maximo int) error {
	if maximo == 0 {
		return nil
	}
	if r.db.Engine() == database.Postgres {
		if _, err := tx.Tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, usuarioID); err != nil {
			return err
		}
	}
	var abiertos int
	err := tx.Tx.QueryRowContext(ctx, `SELECT count(*) FROM pedidos
		WHERE usuario_id = $1 AND fase IN ('RECIBIDO', 'RESERVADO', 'COMPLETANDO', 'CANCELANDO')`, usuarioID).Scan(&abiertos)
	if err != nil {
		return err
	}
	if abiertos >= maximo {
		return domain.DemasiadosAbiertos(maximo)
	}
	return nil
}
