package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/pedidos/ports"
)

var _ ports.Rechazos = (*Pedidos)(nil)

// Rechazo implements ports.Rechazos: one look into an index.
func (r *Pedidos) Rechazo(ctx context.Context, usuarioID int64, desde time.Time, n int) (cuando time.Time, ok bool, err error) {
	err = r.db.DB.DB.QueryRowContext(ctx, `SELECT creado_en FROM pedidos
		WHERE usuario_id = $1 AND motivo = 'SIN_STOCK' AND creado_en > $2 ORDER BY creado_en DESC LIMIT 1 OFFSET $3`,
		usuarioID, instante(desde), n-1).Scan(&cuando)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	return cuando.UTC(), err == nil, database.Fault(err)
}

// guardarRechazados is how long a refused order can be read.
const guardarRechazados = 30 * 24 * time.Hour

// LimpiarRechazados removes up to limite orders that were refused for want of stock more than 30 days before ahora. They held
// nothing, nobody paid for them, their keys are gone, and the reservation that they closed is forgotten at the same age.
func (r *Pedidos) LimpiarRechazados(ctx context.Context, ahora time.Time, limite int) (int64, error) {
	return r.db.Removed(ctx, `DELETE FROM pedidos WHERE id IN (SELECT id FROM pedidos
		WHERE motivo = 'SIN_STOCK' AND fase = 'CANCELADO' AND actualizado_en <= $1 ORDER BY actualizado_en LIMIT $2)`,
		instante(ahora.Add(-guardarRechazados)), limite)
}
