package bunstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// sqlTramoLibro verifies a part of the ledger, verified before or not: each row against the previous row of its product. The
// first row of the result has the last id of the part and the number of its rows.
const sqlTramoLibro = `
WITH tramo AS (
	SELECT id, producto_id, delta_fisico, delta_reservado, fisico, reservado, devolucion_id
	FROM movimientos WHERE id > $1 ORDER BY id LIMIT $2
), cadena AS (
	SELECT t.*,
	       COALESCE((SELECT p.fisico FROM movimientos p WHERE p.producto_id = t.producto_id AND p.id < t.id
	           ORDER BY p.id DESC LIMIT 1), 0) AS fisico_antes,
	       COALESCE((SELECT p.reservado FROM movimientos p WHERE p.producto_id = t.producto_id AND p.id < t.id
	           ORDER BY p.id DESC LIMIT 1), 0) AS reservado_antes
	FROM tramo t
), sueltos AS (
	SELECT producto_id, max(id) AS id, sum(delta_fisico) AS fisico FROM tramo t
	WHERE NOT EXISTS (SELECT 1 FROM existencias e WHERE e.producto_id = t.producto_id) GROUP BY producto_id
)
SELECT '' AS que, 0 AS producto_id, 0 AS movimiento_id, NULL AS reserva_id,
       COALESCE(max(id), 0) AS esperado, count(*) AS encontrado
FROM tramo
UNION ALL
SELECT 'SALDO_FISICO', producto_id, id, NULL, fisico_antes + delta_fisico, fisico
FROM cadena WHERE fisico <> fisico_antes + delta_fisico
UNION ALL
SELECT 'SALDO_RESERVADO', producto_id, id, NULL, reservado_antes + delta_reservado, reservado
FROM cadena WHERE reservado <> reservado_antes + delta_reservado
UNION ALL
SELECT 'SIN_EXISTENCIAS', producto_id, id, NULL, 0, CAST(fisico AS bigint) FROM sueltos
UNION ALL
SELECT 'DEVOLUCION', t.producto_id, t.id, NULL, CAST(COALESCE((SELECT l.cantidad FROM devolucion_lineas l
	WHERE l.devolucion_id = t.devolucion_id AND l.producto_id = t.producto_id), 0) AS bigint), t.delta_fisico
FROM tramo t WHERE t.devolucion_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM devolucion_lineas l
	WHERE l.devolucion_id = t.devolucion_id AND l.producto_id = t.producto_id AND l.cantidad = t.delta_fisico)`

// sqlTramoReservas verifies a part of the reservations against the ledger. The first row of the result has the last id of the
// part and the number of its reservations. The CROSS JOINs make SQLite read the reservations before the ledger.
const sqlTramoReservas = `
WITH tramo AS (
	SELECT id, estado FROM reservas WHERE id >= $1 ORDER BY id LIMIT $2
), apuntado AS (
	SELECT m.reserva_id, m.producto_id,
	       sum(CASE WHEN m.tipo = 'RESERVA' THEN m.delta_reservado ELSE 0 END) AS tomado,
	       sum(CASE WHEN m.tipo = 'LIBERACION' AND m.delta_fisico = 0 THEN -m.delta_reservado ELSE 0 END) AS devuelto,
	       sum(CASE WHEN m.tipo = 'CONSUMO' AND m.delta_fisico = m.delta_reservado THEN -m.delta_reservado ELSE 0 END) AS consumido
	FROM tramo t CROSS JOIN movimientos m WHERE m.reserva_id = t.id GROUP BY m.reserva_id, m.producto_id
), lineas AS (
	SELECT l.reserva_id, l.producto_id, l.cantidad, t.estado,
	       COALESCE(a.tomado, 0) AS tomado, COALESCE(a.devuelto, 0) AS devuelto, COALESCE(a.consumido, 0) AS consumido
	FROM tramo t CROSS JOIN reserva_lineas l
	LEFT JOIN apuntado a ON a.reserva_id = l.reserva_id AND a.producto_id = l.producto_id
	WHERE l.reserva_id = t.id
)
SELECT '' AS que, 0 AS producto_id, 0 AS movimiento_id,
       CAST((SELECT id FROM tramo ORDER BY id DESC LIMIT 1) AS text) AS reserva_id,
       0 AS esperado, (SELECT count(*) FROM tramo) AS encontrado
UNION ALL
SELECT 'RESERVA_TOMADA', producto_id, 0, CAST(reserva_id AS text), cantidad, CAST(tomado AS bigint)
FROM lineas WHERE tomado <> cantidad
UNION ALL
SELECT 'RESERVA_TERMINADA', producto_id, 0, CAST(reserva_id AS text), CASE WHEN estado = 'ACTIVA' THEN 0 ELSE cantidad END,
       CAST(devuelto + consumido AS bigint)
FROM lineas
WHERE devuelto <> CASE WHEN estado = 'LIBERADA' THEN cantidad ELSE 0 END
   OR consumido <> CASE WHEN estado = 'CONSUMIDA' THEN cantidad ELSE 0 END
UNION ALL
SELECT 'RESERVA_SIN_LINEA', a.producto_id, 0, CAST(a.reserva_id AS text), 0, CAST(a.tomado AS bigint)
FROM apuntado a
WHERE NOT EXISTS (SELECT 1 FROM reserva_lineas l WHERE l.reserva_id = a.reserva_id AND l.producto_id = a.producto_id)`

// primeraReserva sorts before every other id.
const primeraReserva = domain.ReservaID("00000000-0000-0000-0000-000000000000")

// tramo is a verified part of the ledger or of the reservations.
type tramo struct {
	hasta    int64            // its last row
	reserva  domain.ReservaID // its last reservation
	n        int64            // how many it has
	halladas []domain.Discrepancia
}

func verificarTramo(ctx context.Context, q database.Reader, sentencia string, desde any, limite int64) (tramo, error) {
	filas, err := discrepancias(ctx, q, sentencia, desde, limite)
	if err != nil {
		return tramo{}, err
	}
	var t tramo
	for _, d := range filas {
		if d.Que == "" {
			t.hasta, t.reserva, t.n = d.Esperado, d.ReservaID, d.Encontrado
			continue
		}
		t.halladas = append(t.halladas, d)
	}
	return t, nil
}

// repaso verifies the old rows, one part a call, and keeps each discrepancy until it verifies that part again. It begins at
// random: a process that restarts often must not read the same rows each time.
type repaso struct {
	empezado   bool
	movimiento int64
	reserva    domain.ReservaID
	malas      []domain.Discrepancia
}

// avanzar verifies the next parts and returns all known discrepancies.
func (r *repaso) avanzar(ctx context.Context, db *database.DB, l limites) ([]domain.Discrepancia, error) {
	q := db.Read()
	if !r.empezado {
		var ultimo int64
		if err := q.QueryRow(ctx, `SELECT COALESCE(max(id), 0) FROM movimientos`).Scan(&ultimo); err != nil {
			return nil, database.Fault(err)
		}
		*r = repaso{empezado: true, movimiento: rand.Int64N(ultimo + 1), reserva: reservaAlAzar()}
	}
	for quedan, vueltas := l.tramoLibro, 0; quedan > 0 && vueltas < 2; {
		t, err := verificarTramo(ctx, q, sqlTramoLibro, r.movimiento, quedan)
		if err != nil {
			return nil, err
		}
		hasta := t.hasta
		fin := t.n < quedan
		r.cambiar(t.halladas, func(d domain.Discrepancia) bool {
			return d.ReservaID == "" && d.MovimientoID > r.movimiento && (d.MovimientoID <= hasta || fin)
		})
		quedan -= t.n
		r.movimiento = hasta
		if fin { // from the beginning
			r.movimiento = 0
			vueltas++
		}
	}
	for quedan, vueltas := l.tramoReservas, 0; quedan > 1 && vueltas < 2; {
		t, err := verificarTramo(ctx, q, sqlTramoReservas, string(r.reserva), quedan)
		if err != nil {
			return nil, err
		}
		hasta := t.reserva
		fin := t.n < quedan
		r.cambiar(t.halladas, func(d domain.Discrepancia) bool {
			return d.ReservaID != "" && d.ReservaID >= r.reserva && (d.ReservaID <= hasta || fin)
		})
		quedan -= t.n
		r.reserva = hasta
		if fin {
			r.reserva = primeraReserva
			vueltas++
		}
	}
	return slices.Clone(r.malas), nil
}

// cambiar replaces the discrepancies of a part.
func (r *repaso) cambiar(halladas []domain.Discrepancia, delTramo func(domain.Discrepancia) bool) {
	r.malas = append(slices.DeleteFunc(r.malas, delTramo), halladas...)
	r.malas = r.malas[:min(len(r.malas), domain.MaxDiscrepancias)]
}

func reservaAlAzar() domain.ReservaID {
	return domain.ReservaID(fmt.Sprintf("%08x%s", rand.Uint32(), primeraReserva[8:]))
}
