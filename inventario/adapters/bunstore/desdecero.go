package bunstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

var _ ports.Verificaciones = (*Libro)(nil)

// arriendo is for how long one process owns a step: after a crash another process repeats the step when it ends.
const arriendo = time.Minute

// resultado is the result so far.
type resultado struct {
	Productos     int64                 `json:"productos"`
	Movimientos   int64                 `json:"movimientos"`
	Discrepancias []domain.Discrepancia `json:"discrepancias"`
}

const columnasVerificacion = `id, estado, pedida_en, actualizada_en, movimiento_id, reserva_id, resultado`

// filaVerificacion is a verification as the database has it.
type filaVerificacion struct {
	domain.DesdeCero
	movimiento int64
	reserva    string // "" while rows of the ledger are left
}

func leerVerificacion(fila *sql.Row) (filaVerificacion, error) {
	var f filaVerificacion
	var estado, raw string
	err := fila.Scan(&f.ID, &estado, (*fecha)(&f.PedidaEn), (*fecha)(&f.ActualizadaEn), &f.movimiento, &f.reserva, &raw)
	if err != nil {
		return f, err
	}
	f.Hecha = estado == "HECHA"
	var r resultado
	if err := json.Unmarshal([]byte(raw), &r); err != nil {
		return f, fmt.Errorf("leer resultado: %w", err)
	}
	f.Productos, f.Movimientos, f.Discrepancias = r.Productos, r.Movimientos, r.Discrepancias
	return f, nil
}

// Pedir implements ports.Verificaciones.
func (l *Libro) Pedir(ctx context.Context, ahora time.Time) (domain.DesdeCero, error) {
	ahora = ahora.UTC()
	_, err := l.db.Write().Exec(ctx, `
		INSERT INTO verificaciones (estado, pedida_en, actualizada_en, arrendada, movimiento_id, reserva_id, resultado)
		VALUES ('EN_CURSO', $1, $1, $1, 0, '', '{}') ON CONFLICT (estado) WHERE estado = 'EN_CURSO' DO NOTHING`, ahora)
	if err != nil {
		return domain.DesdeCero{}, database.Fault(fmt.Errorf("pedir verificación: %w", err))
	}
	// The new one, or the one in progress; if that one has ended meanwhile, it is still the newest.
	f, err := leerVerificacion(l.db.Read().
		QueryRow(ctx, `SELECT `+columnasVerificacion+` FROM verificaciones ORDER BY id DESC LIMIT 1`))
	return f.DesdeCero, database.Fault(err)
}

// Ver implements ports.Verificaciones.
func (l *Libro) Ver(ctx context.Context, id int64) (domain.DesdeCero, error) {
	f, err := leerVerificacion(l.db.Read().QueryRow(ctx, `SELECT `+columnasVerificacion+` FROM verificaciones WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return f.DesdeCero, domain.NoExisteVerificacion()
	}
	return f.DesdeCero, database.Fault(err)
}

// Avanzar implements ports.Verificaciones. A step whose process ends before it is written is repeated.
func (l *Libro) Avanzar(ctx context.Context, ahora time.Time) (hay bool, err error) {
	ahora = ahora.UTC()
	hasta := ahora.Add(arriendo)
	f, err := leerVerificacion(l.db.Write().QueryRow(ctx, `
		UPDATE verificaciones SET arrendada = $1 WHERE estado = 'EN_CURSO' AND arrendada <= $2 RETURNING `+columnasVerificacion, hasta, ahora))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, database.Fault(fmt.Errorf("tomar verificación: %w", err))
	}
	if err := l.paso(ctx, &f); err != nil {
		return false, err
	}
	f.Ordenar()
	raw, err := json.Marshal(resultado{f.Productos, f.Movimientos, f.Discrepancias})
	if err != nil {
		return false, fmt.Errorf("guardar resultado: %w", err)
	}
	estado := "EN_CURSO"
	if f.Hecha {
		estado = "HECHA"
	}
	_, err = l.db.Write().Exec(ctx, `
		UPDATE verificaciones SET estado = $3, actualizada_en = $4, arrendada = $4, movimiento_id = $5, reserva_id = $6, resultado = $7
		WHERE id = $1 AND arrendada = $2`, f.ID, hasta, estado, ahora, f.movimiento, f.reserva, string(raw))
	return !f.Hecha, database.Fault(err)
}

// paso verifies the next part: first the ledger, then the reservations, and at the end the balances.
func (l *Libro) paso(ctx context.Context, f *filaVerificacion) error {
	q := l.db.Read()
	switch {
	case f.reserva == "":
		t, err := verificarTramo(ctx, q, sqlTramoLibro, f.movimiento, l.limites.tramoLibro)
		if err != nil {
			return err
		}
		f.movimiento = max(f.movimiento, t.hasta)
		f.Movimientos += t.n
		f.Discrepancias = append(f.Discrepancias, t.halladas...)
		if t.n < l.limites.tramoLibro {
			f.reserva = string(primeraReserva)
		}
	case f.reserva != todasLasReservas:
		t, err := verificarTramo(ctx, q, sqlTramoReservas, f.reserva, l.limites.tramoReservas)
		if err != nil {
			return err
		}
		f.reserva = string(t.reserva)
		f.Discrepancias = append(f.Discrepancias, t.halladas...)
		if t.n < l.limites.tramoReservas {
			f.reserva = todasLasReservas
		}
	default:
		v, err := l.verificarNuevos(ctx)
		if err != nil {
			return err
		}
		f.Productos, f.Movimientos = v.Productos, v.Movimientos
		f.Discrepancias = append(f.Discrepancias, v.Discrepancias...)
		f.Hecha = !v.Pendientes || len(v.Discrepancias) > 0
	}
	return nil
}

// todasLasReservas stands for the end of the reservations.
const todasLasReservas = "-"

// LimpiarVerificaciones removes up to limite results that are older than 30 days.
func (l *Libro) LimpiarVerificaciones(ctx context.Context, ahora time.Time, limite int) (int64, error) {
	return l.db.Removed(ctx, `DELETE FROM verificaciones WHERE id IN (SELECT id FROM verificaciones
		WHERE estado = 'HECHA' AND actualizada_en <= $1 ORDER BY id LIMIT $2)`, ahora.Add(-30*24*time.Hour).UTC(), limite)
}
