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

// Crear implements ports.Pedidos. Without a limit and without a key the insert is one statement.
func (r *Pedidos) Crear(ctx context.Context, p *domain.Pedido, topes domain.Topes) error {
	f, err := aFila(p)
	if err != nil {
		return err
	}
	if !topes.Alguno() && !idempotency.Pending(ctx) {
		id, err := r.insertar(ctx, r.db.Writer(), f)
		if err != nil {
			return database.Fault(err)
		}
		p.AsignarID(id)
		return nil
	}
	var id int64
	err = r.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := r.comprobarTopes(ctx, tx, p, topes); err != nil {
			return err
		}
		if id, err = r.insertar(ctx, tx.Tx, f); err != nil {
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

func (r *Pedidos) insertar(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, f fila) (id int64, err error) {
	err = q.QueryRowContext(ctx, insertSQL, r.db.Prepared(f.UsuarioID, f.ReservaID, f.Lineas, f.Moneda, f.Total, f.Fase, f.Motivo, f.Nota,
		f.Version, f.CreadoEn, f.ActualizadoEn, f.ExpiraEn, f.RevisarEn, f.Intentos, f.ConClave, f.Revision, f.Pasos)...).Scan(&id)
	return id, err
}
