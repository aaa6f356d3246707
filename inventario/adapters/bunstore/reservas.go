package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Reservas keeps reservations and moves the stock that they hold.
type Reservas struct {
	db *database.DB
	motor
	colas colas
}

var _ ports.Reservas = (*Reservas)(nil)

// NewReservas builds the repository on a migrated database.
func NewReservas(db *database.DB) *Reservas {
	return &Reservas{db, motorDe(db), colas{por: map[int64][]*espera{}}}
}

// Reservar implements ports.Reservas.
func (s *Reservas) Reservar(ctx context.Context, nueva *domain.Reserva, causa domain.Causa) (*domain.Reserva, bool, error) {
	if !s.porTurnos || len(nueva.Tomar()) > 1 {
		return s.sola(ctx, nueva, causa)
	}
	return s.porTurno(ctx, nueva, causa)
}

// sola makes one reservation: by one statement, or in a transaction when the statement has stored nothing and returns no reason.
// The insert of the row comes first: another request with the same id waits there, and then finds either the whole reservation or
// nothing.
func (s *Reservas) sola(
	ctx context.Context, nueva *domain.Reserva, causa domain.Causa,
) (guardada *domain.Reserva, creada bool, err error) {
	a := deReserva(nueva, causa)
	despues, err := s.reservar(ctx, s.db.Write(), nueva, a)
	switch {
	case errors.Is(err, domain.ErrStockInsuficiente):
		return nil, false, err
	case err == nil && len(despues) > 0:
		avisarMinimo(ctx, s.db, nueva.Tomar(), despues)
		return nueva, true, nil
	}
	// After an error the statement may have stored its rows or not: the transaction reads what is stored.
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		var err error
		if creada, err = insertarReserva(ctx, tx, nueva); err != nil {
			return err
		}
		if !creada {
			if guardada, err = leerReserva(ctx, tx.Reader, nueva.ID(), ""); err != nil {
				return err
			}
			return guardada.Repetir(nueva)
		}
		var negados []negado
		guardada = nueva
		despues, negados, err = s.aplicar(ctx, tx, nueva.Tomar(), a)
		if err == nil && len(negados) > 0 {
			return faltaStock(negados)
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	avisarMinimo(ctx, s.db, nueva.Tomar(), despues)
	return guardada, creada, nil
}

// Liberar implements ports.Reservas.
func (s *Reservas) Liberar(ctx context.Context, id domain.ReservaID, causa domain.Causa) (liberada *domain.Reserva, err error) {
	liberada, err = s.acabar(ctx, s.db.Write(), domain.Liberada, domain.TipoLiberacion, apunte{causa: causa, reserva: id})
	if err == nil && liberada != nil {
		return liberada, nil
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		var err error
		liberada, err = s.terminar(ctx, tx, id, causa, (*domain.Reserva).Liberar)
		if !errors.Is(err, domain.ErrReservaNoExiste) {
			return err
		}
		liberada = domain.ReservaCerrada(id, causa.Cuando)
		cerrada, err := insertarReserva(ctx, tx, liberada)
		if err != nil || cerrada {
			return err
		}
		// Another request stored it since the read above: now it is there.
		liberada, err = s.terminar(ctx, tx, id, causa, (*domain.Reserva).Liberar)
		return err
	})
	return liberada, err
}

// Consumir implements ports.Reservas.
func (s *Reservas) Consumir(ctx context.Context, id domain.ReservaID, causa domain.Causa) (consumida *domain.Reserva, err error) {
	consumida, err = s.acabar(ctx, s.db.Write(), domain.Consumida, domain.TipoConsumo, apunte{causa: causa, reserva: id})
	if err == nil && consumida != nil {
		return consumida, nil
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		var err error
		consumida, err = s.terminar(ctx, tx, id, causa, (*domain.Reserva).Consumir)
		return err
	})
	return consumida, err
}

// Obtener implements ports.Reservas.
func (s *Reservas) Obtener(ctx context.Context, id domain.ReservaID) (*domain.Reserva, error) {
	r, err := leerReserva(ctx, s.db.Read(), id, "")
	return r, database.Fault(err)
}

// terminar locks the reservation, lets the domain decide, and moves its units.
func (s *Reservas) terminar(
	ctx context.Context, tx database.Writer, id domain.ReservaID, causa domain.Causa,
	transicion func(*domain.Reserva, time.Time) ([]domain.Cambio, error),
) (*domain.Reserva, error) {
	r, err := leerReserva(ctx, tx.Reader, id, s.bloqueoReserva)
	if err != nil {
		return nil, err
	}
	cambios, err := transicion(r, causa.Cuando)
	if err != nil || len(cambios) == 0 {
		return r, err
	}
	// The condition on the state holds without the lock too: a reservation ends once.
	terminada, err := database.Changed(tx.Exec(ctx,
		`UPDATE reservas SET estado = $2, actualizado_en = $3 WHERE id = $1 AND estado = 'ACTIVA'`,
		string(id), string(r.Estado()), r.ActualizadoEn()))
	if err != nil {
		return nil, fmt.Errorf("terminar reserva: %w", err)
	}
	if !terminada {
		return nil, fmt.Errorf("terminar reserva %s: cambió bajo su bloqueo", id)
	}
	_, negados, err := s.aplicar(ctx, tx, cambios, deReserva(r, causa))
	if err != nil {
		return nil, err
	}
	if len(negados) > 0 {
		return nil, fmt.Errorf("terminar reserva %s: las existencias no tienen lo reservado: %+v", id, negados[0].cambio)
	}
	return r, nil
}

// insertarReserva is false when the id is taken.
func insertarReserva(ctx context.Context, tx database.Writer, r *domain.Reserva) (bool, error) {
	creada, err := database.Changed(tx.Exec(ctx, `
		INSERT INTO reservas (id, estado, referencia, creado_en, actualizado_en) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
		string(r.ID()), string(r.Estado()), r.Referencia(), r.CreadoEn(), r.ActualizadoEn()))
	if err != nil {
		return false, fmt.Errorf("insertar reserva: %w", err)
	}
	if !creada {
		return false, nil
	}
	for _, l := range r.Lineas() {
		if _, err := tx.Exec(ctx, `INSERT INTO reserva_lineas (reserva_id, producto_id, cantidad) VALUES ($1, $2, $3)`,
			string(r.ID()), l.ProductoID, l.Cantidad); err != nil {
			return false, fmt.Errorf("insertar líneas: %w", err)
		}
	}
	return true, nil
}

func leerReserva(ctx context.Context, q database.Reader, id domain.ReservaID, bloqueo string) (*domain.Reserva, error) {
	var f domain.RegistroReserva
	err := q.Each(ctx, `
		SELECT r.id, r.estado, r.referencia, r.creado_en, r.actualizado_en, l.producto_id, l.cantidad
		FROM reservas r LEFT JOIN reserva_lineas l ON l.reserva_id = r.id
		WHERE r.id = $1 ORDER BY l.producto_id `+bloqueo, []any{string(id)}, func(scan func(...any) error) error {
		var producto, cantidad sql.NullInt64 // NULL: an id closed before it was used has no lines
		err := scan(&f.ID, &f.Estado, &f.Referencia, (*fecha)(&f.CreadoEn), (*fecha)(&f.ActualizadoEn), &producto, &cantidad)
		if producto.Valid {
			f.Lineas = append(f.Lineas, domain.Linea{ProductoID: producto.Int64, Cantidad: cantidad.Int64})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("leer reserva: %w", err)
	}
	if f.ID == "" {
		return nil, domain.NoExisteReserva()
	}
	return domain.RehidratarReserva(f)
}

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

func deReserva(r *domain.Reserva, causa domain.Causa) apunte {
	return apunte{causa: causa, referencia: r.Referencia(), reserva: r.ID()}
}

func faltaStock(negados []negado) error {
	faltas := make([]domain.Falta, len(negados))
	for i, n := range negados {
		faltas[i] = domain.Falta{ProductoID: n.cambio.ProductoID, Solicitado: n.cambio.Reservado}
		if n.antes != nil {
			faltas[i].Disponible = n.antes.Disponible()
		}
	}
	return domain.FaltaStock(faltas)
}
