package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// abiertas are the phases of an open order, written as the partial indexes have them.
const abiertas = `('RECIBIDO', 'RESERVADO', 'ACEPTADO', 'COMPLETANDO', 'CANCELANDO')`

// cuentas counts what a customer has: open orders, those of them that are about to end and refused orders, in the row of product
// 0, and units of open orders, a row a product. An undecided order counts as refused: else concurrent orders would all pass
// before the first of them is refused. One statement reads each order once. Its parameters are numbered from primero on.
func cuentas(primero int) string {
	return fmt.Sprintf(`WITH abiertos AS (
	SELECT id, fase FROM pedidos WHERE usuario_id = $%[1]d AND fase IN `+abiertas+`
), totales AS (
	SELECT count(*) AS abiertos, count(*) FILTER (WHERE fase IN ('COMPLETANDO', 'CANCELANDO')) AS en_camino,
		count(*) FILTER (WHERE fase = 'RECIBIDO') + (SELECT count(*) FROM (
			SELECT 1 FROM pedidos WHERE usuario_id = $%[2]d AND motivo = 'SIN_STOCK' AND creado_en > $%[3]d LIMIT $%[4]d) r) AS rechazos
	FROM abiertos
)
SELECT abiertos, en_camino, rechazos, 0 AS producto_id, 0 AS cantidad FROM totales
UNION ALL
SELECT 0, 0, 0, l.producto_id, CAST(sum(l.cantidad) AS bigint)
FROM abiertos a JOIN pedido_lineas l ON l.pedido_id = a.id GROUP BY l.producto_id`, primero, primero+1, primero+2, primero+3)
}

var cuentasSQL = cuentas(1)

// cabe is the condition that an order passes the limits, for PostgreSQL: exigirTopes says what it refuses, and why.
func cabe(primero int) string {
	return fmt.Sprintf(`NOT EXISTS (
	SELECT FROM (`+cuentas(primero)+`) c
	LEFT JOIN unnest($%[1]d::bigint[], $%[2]d::bigint[]) AS l (producto_id, cantidad) ON l.producto_id = c.producto_id
	WHERE c.rechazos >= $%[3]d::bigint OR c.abiertos >= $%[4]d::bigint OR c.cantidad + l.cantidad > $%[5]d::bigint
) AND NOT $%[5]d::bigint < ANY ($%[2]d::bigint[])`, primero+4, primero+5, primero+6, primero+7, primero+8)
}

// argumentosDeCabe are the parameters of cabe.
func argumentosDeCabe(p *domain.Pedido, t domain.Topes) []any {
	var productos, cantidades []int64
	for _, l := range p.Lineas() {
		productos, cantidades = append(productos, l.ProductoID), append(cantidades, l.Cantidad)
	}
	o := func(maximo int64) int64 { // 0 = any number
		if maximo == 0 {
			return math.MaxInt64
		}
		return maximo
	}
	return []any{
		p.UsuarioID(), p.UsuarioID(), instante(t.Desde), t.Rechazos,
		productos, cantidades, o(int64(t.Rechazos)), o(int64(t.Abiertos)), o(t.Unidades),
	}
}

// cuenta is a row of cuentas.
type cuenta struct {
	Abiertos, EnCamino, Rechazos int
	ProductoID, Cantidad         int64
}

// exigirTopes says which limit refuses the order, by what the statement has counted.
func (r *Pedidos) exigirTopes(ctx context.Context, tx database.Writer, p *domain.Pedido, t domain.Topes) error {
	rows, err := tx.Query(ctx, cuentasSQL, p.UsuarioID(), p.UsuarioID(), instante(t.Desde), t.Rechazos)
	if err != nil {
		return err
	}
	var filas []cuenta
	if err := r.db.ScanRows(ctx, rows, &filas); err != nil {
		return err
	}
	var total cuenta
	unidades := map[int64]int64{}
	for _, f := range filas {
		if f.ProductoID == 0 {
			total = f
		}
		unidades[f.ProductoID] = f.Cantidad
	}
	switch {
	case t.Rechazos > 0 && total.Rechazos >= t.Rechazos:
		return demasiadosRechazos(ctx, tx, p, t)
	case t.Abiertos > 0 && total.Abiertos >= t.Abiertos:
		return demasiadosAbiertos(ctx, tx, p, t.Abiertos, total)
	case t.Unidades > 0:
		return p.LimitePorCliente(t.Unidades, unidades)
	}
	return nil
}

// demasiadosAbiertos says when enough of the open orders end.
func demasiadosAbiertos(ctx context.Context, tx database.Writer, p *domain.Pedido, maximo int, c cuenta) error {
	sobran := c.Abiertos - maximo // more than one order must end when the limit was lowered
	var vence time.Time
	err := tx.QueryRow(ctx, `SELECT expira_en FROM pedidos
		WHERE usuario_id = $1 AND fase IN `+abiertas+` AND fase IN ('RECIBIDO', 'RESERVADO') AND expira_en IS NOT NULL
		ORDER BY expira_en LIMIT 1 OFFSET $2`, p.UsuarioID(), sobran).Scan(&vence)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return domain.DemasiadosAbiertos(maximo, c.EnCamino > sobran, vence, p.CreadoEn())
}

// demasiadosRechazos says when the first of the refused orders no longer counts.
func demasiadosRechazos(ctx context.Context, tx database.Writer, p *domain.Pedido, t domain.Topes) error {
	var primero time.Time
	err := tx.QueryRow(ctx, `SELECT creado_en FROM pedidos
		WHERE usuario_id = $1 AND motivo = 'SIN_STOCK' AND creado_en > $2 ORDER BY creado_en DESC LIMIT 1 OFFSET $3`,
		p.UsuarioID(), instante(t.Desde), t.Rechazos-1).Scan(&primero)
	switch {
	case errors.Is(err, sql.ErrNoRows): // some are not decided yet
		return domain.DemasiadosRechazos(t.Rechazos, 0)
	case err != nil:
		return err
	}
	return domain.DemasiadosRechazos(t.Rechazos, primero.Sub(t.Desde))
}
