package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Libro reads the ledger; it is written where stock changes.
type Libro struct {
	db      *database.DB
	limites limites
	turno   chan struct{} // held by the call that verifies
	repaso  repaso        // only for the call that holds turno
}

var _ ports.Libro = (*Libro)(nil)

// NewLibro builds the repository on a migrated database.
func NewLibro(db *database.DB) *Libro {
	return &Libro{db: db, limites: limitesNormales, turno: make(chan struct{}, 1)}
}

// Movimientos implements ports.Libro.
func (l *Libro) Movimientos(ctx context.Context, filtro ports.FiltroLibro) ([]domain.Asiento, error) {
	antesDe := filtro.AntesDe
	if antesDe == 0 {
		antesDe = math.MaxInt64
	}
	asientos := []domain.Asiento{}
	err := l.db.Read().Each(ctx, `
		SELECT id, producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado, actor, motivo, referencia,
			reserva_id, request_id, creado_en
		FROM movimientos WHERE producto_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
		[]any{filtro.ProductoID, antesDe, filtro.Limite},
		func(scan func(...any) error) error {
			var a domain.Asiento
			var reserva sql.NullString
			err := scan(&a.ID, &a.ProductoID, &a.Tipo, &a.DeltaFisico, &a.DeltaReservado, &a.Fisico, &a.Reservado,
				&a.Causa.Actor, &a.Motivo, &a.Referencia, &reserva, &a.Causa.Peticion, (*fecha)(&a.Causa.Cuando))
			a.ReservaID = domain.ReservaID(reserva.String)
			asientos = append(asientos, a)
			return err
		})
	if err != nil {
		return nil, database.Fault(fmt.Errorf("leer libro: %w", err))
	}
	return asientos, nil
}

// sqlEn: within a product the times of the ledger never go back, so the last row up to an instant has the stock of that instant.
// An old row has no version: it is the number of rows up to it.
const sqlEn = `
SELECT m.producto_id, m.fisico, m.reservado, e.minimo,
       COALESCE(m.version, (SELECT count(*) FROM movimientos p WHERE p.producto_id = m.producto_id AND p.id <= m.id)), m.creado_en
FROM movimientos m JOIN existencias e ON e.producto_id = m.producto_id
WHERE m.producto_id = $1 AND m.creado_en <= $2
ORDER BY m.creado_en DESC, m.id DESC LIMIT 1`

// En implements ports.Libro.
func (l *Libro) En(ctx context.Context, productoID int64, instante time.Time) (*domain.Existencias, error) {
	return leerExistencias(ctx, l.db.Read(), domain.NoExistiaEntonces, sqlEn, productoID, instante.UTC())
}
