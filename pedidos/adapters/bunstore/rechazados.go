package bunstore

import (
	"context"
	"time"
)

// guardarRechazados is how long a refused order can be read.
const guardarRechazados = 30 * 24 * time.Hour

// LimpiarRechazados removes up to limite orders that were refused without stock more than 30 days before ahora. They held no
// unit, and their keys and their closed reservation ids are removed at the same age.
func (r *Pedidos) LimpiarRechazados(ctx context.Context, ahora time.Time, limite int) (int64, error) {
	return r.db.Removed(ctx, `DELETE FROM pedidos WHERE id IN (SELECT id FROM pedidos
		WHERE motivo = 'SIN_STOCK' AND fase = 'CANCELADO' AND actualizado_en <= $1 ORDER BY actualizado_en LIMIT $2)`,
		instante(ahora.Add(-guardarRechazados)), limite)
}
