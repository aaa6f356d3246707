package bunstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/kit/database"
)

// sqlVerificar looks for everything that does not agree. It is one statement, so that it sees one instant on both engines, and
// it reads each table a fixed number of times, however many products there are. Its first row counts.
const sqlVerificar = `
WITH sumas AS (
	SELECT producto_id, sum(delta_fisico) AS fisico, sum(delta_reservado) AS reservado FROM movimientos GROUP BY producto_id
), cadena AS (
	SELECT id, producto_id, fisico, reservado, delta_fisico, delta_reservado,
	       lag(fisico, 1, 0) OVER producto AS fisico_antes, lag(reservado, 1, 0) OVER producto AS reservado_antes
	FROM movimientos WINDOW producto AS (PARTITION BY producto_id ORDER BY id)
), activas AS (
	SELECT l.producto_id, sum(l.cantidad) AS cantidad
	FROM reserva_lineas l JOIN reservas r ON r.id = l.reserva_id WHERE r.estado = 'ACTIVA' GROUP BY l.producto_id
), apuntado AS (
	SELECT reserva_id, producto_id,
	       sum(CASE WHEN tipo = 'RESERVA' THEN delta_reservado ELSE 0 END) AS tomado,
	       sum(CASE WHEN tipo = 'LIBERACION' AND delta_fisico = 0 THEN -delta_reservado ELSE 0 END) AS devuelto,
	       sum(CASE WHEN tipo = 'CONSUMO' AND delta_fisico = delta_reservado THEN -delta_reservado ELSE 0 END) AS consumido
	FROM movimientos WHERE reserva_id IS NOT NULL GROUP BY reserva_id, producto_id
), lineas AS (
	SELECT l.reserva_id, l.producto_id, l.cantidad, r.estado,
	       COALESCE(a.tomado, 0) AS tomado, COALESCE(a.devuelto, 0) AS devuelto, COALESCE(a.consumido, 0) AS consumido
	FROM reserva_lineas l JOIN reservas r ON r.id = l.reserva_id
	LEFT JOIN apuntado a ON a.reserva_id = l.reserva_id AND a.producto_id = l.producto_id
), discrepancias AS (
	SELECT 'FISICO' AS que, e.producto_id, 0 AS movimiento_id, NULL AS reserva_id, COALESCE(s.fisico, 0) AS esperado, e.fisico AS encontrado
	FROM existencias e LEFT JOIN sumas s ON s.producto_id = e.producto_id WHERE e.fisico <> COALESCE(s.fisico, 0)
	UNION ALL
	SELECT 'RESERVADO', e.producto_id, 0, NULL, COALESCE(s.reservado, 0), e.reservado
	FROM existencias e LEFT JOIN sumas s ON s.producto_id = e.producto_id WHERE e.reservado <> COALESCE(s.reservado, 0)
	UNION ALL
	SELECT 'SALDO_FISICO', producto_id, id, NULL, fisico_antes + delta_fisico, fisico FROM cadena WHERE fisico <> fisico_antes + delta_fisico
	UNION ALL
	SELECT 'SALDO_RESERVADO', producto_id, id, NULL, reservado_antes + delta_reservado, reservado
	FROM cadena WHERE reservado <> reservado_antes + delta_reservado
	UNION ALL
	SELECT 'RESERVAS_ACTIVAS', e.producto_id, 0, NULL, COALESCE(a.cantidad, 0), e.reservado
	FROM existencias e LEFT JOIN activas a ON a.producto_id = e.producto_id WHERE e.reservado <> COALESCE(a.cantidad, 0)
	UNION ALL
	SELECT 'SIN_EXISTENCIAS', s.producto_id, 0, NULL, 0, s.fisico
	FROM sumas s WHERE NOT EXISTS (SELECT 1 FROM existencias e WHERE e.producto_id = s.producto_id)
	UNION ALL
	SELECT 'RESERVA_TOMADA', producto_id, 0, CAST(reserva_id AS text), cantidad, tomado FROM lineas WHERE tomado <> cantidad
	UNION ALL
	SELECT 'RESERVA_TERMINADA', producto_id, 0, CAST(reserva_id AS text), CASE WHEN estado = 'ACTIVA' THEN 0 ELSE cantidad END, devuelto + consumido
	FROM lineas
	WHERE devuelto <> CASE WHEN estado = 'LIBERADA' THEN cantidad ELSE 0 END
	   OR consumido <> CASE WHEN estado = 'CONSUMIDA' THEN cantidad ELSE 0 END
	UNION ALL
	SELECT 'RESERVA_SIN_LINEA', a.producto_id, 0, CAST(a.reserva_id AS text), 0, a.tomado
	FROM apuntado a
	WHERE NOT EXISTS (SELECT 1 FROM reserva_lineas l WHERE l.reserva_id = a.reserva_id AND l.producto_id = a.producto_id)
)
SELECT * FROM (
	SELECT '' AS que, 0 AS producto_id, 0 AS movimiento_id, NULL AS reserva_id,
	       (SELECT count(*) FROM existencias) AS esperado, (SELECT count(*) FROM movimientos) AS encontrado
	UNION ALL
	SELECT que, producto_id, movimiento_id, reserva_id, CAST(esperado AS bigint), CAST(encontrado AS bigint) FROM discrepancias
) todo
ORDER BY que, producto_id, movimiento_id, reserva_id LIMIT $1`

// Verificar implements ports.Libro.
func (l *Libro) Verificar(ctx context.Context) (domain.Verificacion, error) {
	var v domain.Verificacion
	filas, err := l.db.DB.DB.QueryContext(ctx, sqlVerificar, domain.MaxDiscrepancias+1)
	if err != nil {
		return v, database.Fault(fmt.Errorf("replay ledger: %w", err))
	}
	defer filas.Close()
	for filas.Next() {
		var d domain.Discrepancia
		var reserva sql.NullString
		if err := filas.Scan(&d.Que, &d.ProductoID, &d.MovimientoID, &reserva, &d.Esperado, &d.Encontrado); err != nil {
			return v, database.Fault(fmt.Errorf("replay ledger: %w", err))
		}
		d.ReservaID = domain.ReservaID(reserva.String)
		if d.Que == "" {
			v.Productos, v.Movimientos = d.Esperado, d.Encontrado
			continue
		}
		v.Discrepancias = append(v.Discrepancias, d)
	}
	return v, database.Fault(filas.Err())
}
