package bunstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/kit/database"
)

// Reservas keeps reservations and moves the stock that they hold.
type Reservas struct {
	db *database.DB
	motor
	colas colas
}

var _ ports.Reservas = (*Reservas)(nil)

// NewReservas needs a database that is migrated.
func NewReservas(db *database.DB) *Reservas {
	return &Reservas{db, motorDe(db), colas{por: map[int64][]*espera{}}}
}

// Reservar implements ports.Reservas.
func (s *Reservas) Reservar(
	ctx context.Context, nueva *domain.Reserva, causa domain.Causa,
) (guardada *domain.Reserva, creada bool, err error) {
	if !s.porTurnos || len(nueva.Tomar()) > 1 {
		return s.sola(ctx, nueva, causa)
	}
	return s.porTurno(ctx, nueva, causa)
}

// sola makes one reservation. The insert of the row comes first: another request with the same id waits there, and then finds
// either the whole reservation or nothing.
func (s *Reservas) sola(
	ctx context.Context, nueva *domain.Reserva, causa domain.Causa,
) (guardada *domain.Reserva, creada bool, err error) {
	var despues []*domain.Existencias
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		var err error
		a := deReserva(nueva, causa)
		if creada, despues, err = s.empezar(ctx, tx, nueva, a); err != nil {
			return err
		}
		if !creada {
			if guardada, err = leerReserva(ctx, tx.Reader, nueva.ID(), ""); err != nil {
				return err
			}
			return guardada.Repetir(nueva)
		}
		guardada = nueva
		resto := faltan(nueva.Tomar(), despues)
		if len(resto) == 0 {
			return nil
		}
		tomadas, negados, err := s.aplicar(ctx, tx, resto, a)
		if err != nil {
			return err
		}
		if len(negados) > 0 {
			return faltaStock(negados)
		}
		despues = append(despues, tomadas...)
		slices.SortFunc(despues, func(a, b *domain.Existencias) int { return cmp.Compare(a.ProductoID(), b.ProductoID()) })
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	avisarMinimo(ctx, s.db, nueva.Tomar(), despues)
	return guardada, creada, nil
}

// faltan are the changes whose product is not among those that were changed.
func faltan(cambios []domain.Cambio, hechas []*domain.Existencias) []domain.Cambio {
	return slices.DeleteFunc(cambios, func(c domain.Cambio) bool {
		return slices.ContainsFunc(hechas, func(e *domain.Existencias) bool { return e.ProductoID() == c.ProductoID })
	})
}

// empezarSQLite leaves all stock to Reservar: a statement more costs nothing here.
func empezarSQLite(ctx context.Context, tx database.Writer, nueva *domain.Reserva, _ apunte) (bool, []*domain.Existencias, error) {
	creada, err := insertarReserva(ctx, tx, nueva)
	return creada, nil, err
}

// sqlEmpezar is everything about a new reservation in one round trip: its row, its lines, the stock that can be taken and the
// ledger. The stock waits for the row: nothing is taken under an id that is taken already. The row of product 0 says that the
// reservation is new. One line needs no lock before its UPDATE; several are locked in product order.
const (
	sqlEmpezarUna    = sqlNueva + sqlPedidas + `)` + sqlCambiadas + sqlEmpezadas
	sqlEmpezarVarias = sqlNueva + sqlPedidas + ` JOIN existencias e ON e.producto_id = c.producto_id ORDER BY c.producto_id FOR UPDATE OF e)` +
		sqlCambiadas + sqlEmpezadas

	sqlNueva = `
WITH nueva AS (
	INSERT INTO reservas (id, estado, referencia, creado_en, actualizado_en)
	VALUES ($10::uuid, 'ACTIVA', $9::text, $15::timestamptz, $15::timestamptz) ON CONFLICT (id) DO NOTHING RETURNING id
), lineas AS (
	INSERT INTO reserva_lineas (reserva_id, producto_id, cantidad)
	SELECT nueva.id, c.producto_id, c.cantidad FROM nueva CROSS JOIN unnest($1::bigint[], $3::bigint[]) AS c (producto_id, cantidad)
)`
	sqlPedidas = `, cambios AS (
	SELECT c.* FROM nueva
	CROSS JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (producto_id, delta_fisico, delta_reservado)`
	sqlEmpezadas = `
SELECT 0, 0, 0, 0, 0, $15::timestamptz FROM nueva
UNION ALL SELECT ` + columnasExistencias + ` FROM cambiadas ORDER BY 1`
)

func empezarPostgres(ctx context.Context, tx database.Writer, nueva *domain.Reserva, a apunte) (bool, []*domain.Existencias, error) {
	cambios, sentencia := nueva.Tomar(), sqlEmpezarVarias
	if len(cambios) == 1 {
		sentencia = sqlEmpezarUna
	}
	filas, err := preguntarCambio(ctx, tx, sentencia, cambios, a, nueva.CreadoEn())
	if err != nil || len(filas) == 0 {
		return false, nil, err
	}
	despues, err := aExistencias(filas[1:])
	return true, despues, err
}

// Liberar implements ports.Reservas.
func (s *Reservas) Liberar(ctx context.Context, id domain.ReservaID, causa domain.Causa) (liberada *domain.Reserva, err error) {
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
	if err != nil {
		return nil, err
	}
	return liberada, nil
}

// Consumir implements ports.Reservas.
func (s *Reservas) Consumir(ctx context.Context, id domain.ReservaID, causa domain.Causa) (consumida *domain.Reserva, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		var err error
		consumida, err = s.terminar(ctx, tx, id, causa, (*domain.Reserva).Consumir)
		return err
	})
	if err != nil {
		return nil, err
	}
	return consumida, nil
}

// Obtener implements ports.Reservas.
func (s *Reservas) Obtener(ctx context.Context, id domain.ReservaID) (*domain.Reserva, error) {
	r, err := leerReserva(ctx, s.db.Read(), id, "")
	return r, database.Fault(err)
}

// terminar locks the reservation, lets the domain decide, and moves what it held.
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
	// The guard on the state stands even without the lock: a reservation ends once.
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
	var lineas []filaLinea
	for _, l := range r.Lineas() {
		lineas = append(lineas, filaLinea{ReservaID: string(r.ID()), ProductoID: l.ProductoID, Cantidad: l.Cantidad})
	}
	if !creada || len(lineas) == 0 {
		return creada, nil
	}
	if _, err := tx.NewInsert().Model(&lineas).Exec(ctx); err != nil {
		return false, fmt.Errorf("insertar líneas: %w", err)
	}
	return true, nil
}

func leerReserva(ctx context.Context, q database.Reader, id domain.ReservaID, bloqueo string) (*domain.Reserva, error) {
	filas, err := q.Query(ctx, `
		SELECT r.id, r.estado, r.referencia, r.creado_en, r.actualizado_en, l.producto_id, l.cantidad
		FROM reservas r LEFT JOIN reserva_lineas l ON l.reserva_id = r.id
		WHERE r.id = $1 ORDER BY l.producto_id `+bloqueo, string(id))
	if err != nil {
		return nil, fmt.Errorf("leer reserva: %w", err)
	}
	defer filas.Close()
	var f domain.FichaReserva
	for filas.Next() {
		var producto, cantidad sql.NullInt64 // NULL: an id closed before it was used has no lines
		err := filas.Scan(&f.ID, &f.Estado, &f.Referencia, (*fecha)(&f.CreadoEn), (*fecha)(&f.ActualizadoEn), &producto, &cantidad)
		if err != nil {
			return nil, fmt.Errorf("leer reserva: %w", err)
		}
		if producto.Valid {
			f.Lineas = append(f.Lineas, domain.Linea{ProductoID: producto.Int64, Cantidad: cantidad.Int64})
		}
	}
	if err := filas.Err(); err != nil {
		return nil, fmt.Errorf("leer reserva: %w", err)
	}
	if f.ID == "" {
		return nil, domain.NoExisteReserva()
	}
	return domain.RehidratarReserva(f)
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
