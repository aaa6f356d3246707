package bunstore

import (
	"context"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// sqlReservar is everything about a new reservation in one statement: its row, its lines, the stock and the ledger. It looks
// first, and stores nothing when a product has not enough units; then it returns the stock that it saw, unless it saw the id too.
// What another request takes between the look and the lock violates the constraint of existencias. The stock waits for the row of
// the reservation: nothing is taken under an id that is taken already. One line needs no lock before its UPDATE; several are
// locked in product order.
const (
	sqlReservarUna    = sqlNueva + `)` + sqlReservada
	sqlReservarVarias = sqlNueva + ` JOIN existencias e ON e.producto_id = c.producto_id ORDER BY c.producto_id FOR UPDATE OF e)` +
		sqlReservada

	sqlNueva = `
WITH pedidas AS (
	SELECT * FROM unnest($8::bigint[], $9::bigint[]) AS c (producto_id, cantidad)
), nueva AS (
	INSERT INTO reservas (id, estado, referencia, creado_en, actualizado_en)
	SELECT $5::uuid, 'ACTIVA', $10::text, $11::timestamptz, $11::timestamptz
	WHERE NOT EXISTS (
		SELECT FROM pedidas c LEFT JOIN existencias e ON e.producto_id = c.producto_id
		WHERE e.producto_id IS NULL OR e.reservado + c.cantidad > e.fisico)
	ON CONFLICT (id) DO NOTHING RETURNING id, referencia
), lineas AS (
	INSERT INTO reserva_lineas (reserva_id, producto_id, cantidad)
	SELECT n.id, c.producto_id, c.cantidad FROM nueva n CROSS JOIN pedidas c
), cambios AS (
	SELECT c.producto_id, 0 AS delta_fisico, c.cantidad AS delta_reservado, n.referencia FROM nueva n CROSS JOIN pedidas c`
	sqlReservada = sqlCambiar + sqlApuntar + `
SELECT ` + columnasExistencias + `, true FROM cambiadas
UNION ALL
SELECT ` + columnasExistencias + `, false FROM existencias
WHERE producto_id = ANY ($8::bigint[])
  AND NOT EXISTS (SELECT FROM nueva) AND NOT EXISTS (SELECT FROM reservas WHERE id = $5::uuid)
ORDER BY producto_id`
)

func reservarPostgres(ctx context.Context, w database.Writer, nueva *domain.Reserva, a apunte) ([]*domain.Existencias, error) {
	sentencia := sqlReservarVarias
	if len(nueva.Lineas()) == 1 {
		sentencia = sqlReservarUna
	}
	var ids, cantidades []int64
	for _, l := range nueva.Lineas() {
		ids, cantidades = append(ids, l.ProductoID), append(cantidades, l.Cantidad)
	}
	var filas []filaExistencias
	hecha := true
	err := w.Each(ctx, sentencia, a.argumentos(domain.TipoReserva, ids, cantidades, a.referencia, nueva.CreadoEn()),
		func(scan func(...any) error) error {
			var f filaExistencias
			err := scan(append(f.destinos(), &hecha)...)
			filas = append(filas, f)
			return err
		})
	if err != nil || len(filas) == 0 {
		return nil, err
	}
	if hecha {
		return database.Values(filas, (*filaExistencias).aDominio)
	}
	vistas, err := porProducto(filas)
	if err != nil {
		return nil, err
	}
	if negados := noAdmiten(vistas, nueva.Tomar()); len(negados) > 0 {
		return nil, faltaStock(negados)
	}
	return nil, nil
}

// sqlAcabar ends an active reservation in one statement, and returns it. The row of the reservation is locked first, then the
// stock in product order.
const sqlAcabar = `
WITH acabada AS (
	UPDATE reservas SET estado = $8::text, actualizado_en = $1::timestamptz WHERE id = $5::uuid AND estado = 'ACTIVA'
	RETURNING id, referencia, creado_en
), cambios AS (
	SELECT l.producto_id, l.cantidad * $9::bigint AS delta_fisico, l.cantidad * $10::bigint AS delta_reservado, a.referencia
	FROM acabada a JOIN reserva_lineas l ON l.reserva_id = a.id JOIN existencias e ON e.producto_id = l.producto_id
	ORDER BY l.producto_id FOR UPDATE OF e
)` + sqlCambiar + sqlApuntar + `
SELECT a.referencia, a.creado_en, l.producto_id, l.cantidad
FROM acabada a JOIN reserva_lineas l ON l.reserva_id = a.id ORDER BY l.producto_id`

func acabarPostgres(
	ctx context.Context, w database.Writer, en domain.Estado, por domain.Tipo, a apunte,
) (*domain.Reserva, error) {
	unidad := domain.NewCambio(por, 0, 1)
	f := domain.RegistroReserva{ID: a.reserva, Estado: en, ActualizadoEn: a.causa.Cuando}
	args := a.argumentos(por, string(en), unidad.Fisico, unidad.Reservado)
	err := w.Each(ctx, sqlAcabar, args, func(scan func(...any) error) error {
		var l domain.Linea
		err := scan(&f.Referencia, (*fecha)(&f.CreadoEn), &l.ProductoID, &l.Cantidad)
		f.Lineas = append(f.Lineas, l)
		return err
	})
	if err != nil || len(f.Lineas) == 0 {
		return nil, err
	}
	return domain.RehidratarReserva(f)
}
