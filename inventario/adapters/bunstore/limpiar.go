package bunstore

import (
	"context"
	"time"
)

// guardarCerradas is for how long an unused id stays closed. The request that it must refuse ends within seconds.
const guardarCerradas = 30 * 24 * time.Hour

// LimpiarCerradas removes up to limite unused ids that were closed more than 30 days before ahora. The ledger has no rows of
// them.
func (s *Reservas) LimpiarCerradas(ctx context.Context, ahora time.Time, limite int) (int64, error) {
	return s.db.Removed(ctx, `DELETE FROM reservas WHERE id IN (SELECT r.id FROM reservas r
		WHERE r.estado = 'LIBERADA' AND r.creado_en = r.actualizado_en AND r.actualizado_en <= $1
		AND NOT EXISTS (SELECT 1 FROM reserva_lineas l WHERE l.reserva_id = r.id) ORDER BY r.actualizado_en LIMIT $2)`,
		ahora.Add(-guardarCerradas).UTC(), limite)
}
