package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// The inner SELECT proposes orders; the outer condition is checked again under the row's lock, so that two workers never lease
// the same order. FOR UPDATE SKIP LOCKED would avoid the wait, but SQLite does not have it.
const tomarSQL = `UPDATE pedidos SET revisar_en = $1, revision = revision + 1
WHERE revisar_en <= $2 AND id IN (SELECT id FROM pedidos WHERE revisar_en <= $3 ORDER BY revisar_en, id LIMIT $4)
RETURNING id`

// tomar leases rows with a statement like tomarSQL, and returns their ids. fault.ErrUnavailable.
func tomar(ctx context.Context, db *database.DB, sql string, ahora, hasta time.Time, limite int) (ids []int64, err error) {
	rows, err := db.Write().Query(ctx, sql, instante(hasta), instante(ahora), instante(ahora), limite)
	if err != nil {
		return nil, database.Fault(err)
	}
	err = db.ScanRows(ctx, rows, &ids)
	return ids, database.Fault(err)
}

// Tomar implements ports.Pendientes.
func (r *Pedidos) Tomar(ctx context.Context, ahora, hasta time.Time, limite int) ([]*domain.Pedido, error) {
	ids, err := tomar(ctx, r.db, tomarSQL, ahora, hasta, limite)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var filas []fila
	if err := r.db.Read().NewSelect().Model(&filas).Where("id IN (?)", bun.List(ids)).OrderExpr("id").Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	return database.Values(filas, (*fila).aDominio)
}

// Abiertos implements ports.Pendientes. The index of open orders has all of it but the times.
func (r *Pedidos) Abiertos(ctx context.Context) (abiertos []ports.Abiertos, err error) {
	err = r.db.Read().NewSelect().Table("pedidos").ColumnExpr("fase, count(*) AS cuantos, min(actualizado_en) AS mas_antiguo").
		Where("fase IN "+abiertas).GroupExpr("fase").OrderExpr("fase").Scan(ctx, &abiertos)
	for i := range abiertos { // on SQLite an expression has no type: it comes as text
		abiertos[i].MasAntiguo = abiertos[i].MasAntiguo.UTC()
	}
	return abiertos, database.Fault(err)
}
