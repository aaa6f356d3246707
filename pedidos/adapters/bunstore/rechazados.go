package bunstore

import (
	"context"
	"time"
)

// guardarRechazados is how long a refused order can be read.
const guardarRechazados = 30 * 24 * time.Hour

// LimpiarRechazados removes up to limite orders that were refused for want of stock more than 30 days before ahora. They held
// nothing, no customer paid for them, their keys are removed, and the reservation that they closed is forgotten at the same age.
func (r *Pedidos) LimpiarRechazados(ctx context.Context, ahora time.Time, limite int) (int64, error) {
	return r.db.Removed(ctx, `DELETE FROM pedidos WHERE id IN (SELECT id FROM pedidos
		WHERE motivo = 'SIN_STOCK' AND fase = 'CANCELADO' AND actualizado_en <= $1 ORDER BY actualizado_en LIMIT $2)`,
		instante(ahora.Add(-guardarRechazados)), limite)
}
