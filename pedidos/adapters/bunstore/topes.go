package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// abiertas are the phases of an open order, written as the partial indexes have them.
const abiertas = `('RECIBIDO', 'RESERVADO', 'ACEPTADO', 'COMPLETANDO', 'CANCELANDO')`

// comprobarTopes counts what the owner of a new order has, one order of theirs after the other: on PostgreSQL behind a lock of the
// customer's, on SQLite a transaction is alone anyway.
func (r *Pedidos) comprobarTopes(ctx context.Context, tx database.Writer, p *domain.Pedido, t domain.Topes) error {
	if !t.Alguno() {
		return nil
	}
	if r.db.Engine() == database.Postgres {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, p.UsuarioID()); err != nil {
			return err
		}
	}
	if err := comprobarRechazos(ctx, tx, p, t); err != nil {
		return err
	}
	if err := comprobarAbiertos(ctx, tx, p, t.Abiertos); err != nil {
		return err
	}
	return comprobarUnidades(ctx, tx, p, t.Unidades)
}

func comprobarAbiertos(ctx context.Context, tx database.Writer, p *domain.Pedido, maximo int) error {
	if maximo == 0 {
		return nil
	}
	var abiertos, enCamino int
	err := tx.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE fase IN ('COMPLETANDO', 'CANCELANDO'))
		FROM pedidos WHERE usuario_id = $1 AND fase IN `+abiertas, p.UsuarioID()).Scan(&abiertos, &enCamino)
	if err != nil || abiertos < maximo {
		return err
	}
	sobran := abiertos - maximo // more than one order must end when the limit was lowered
	var vence time.Time
	err = tx.QueryRow(ctx, `SELECT expira_en FROM pedidos
		WHERE usuario_id = $1 AND fase IN `+abiertas+` AND fase IN ('RECIBIDO', 'RESERVADO') AND expira_en IS NOT NULL
		ORDER BY expira_en LIMIT 1 OFFSET $2`, p.UsuarioID(), sobran).Scan(&vence)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return domain.DemasiadosAbiertos(maximo, enCamino > sobran, vence, p.CreadoEn())
}

// comprobarRechazos counts an order that is still being decided as one that will be refused: else those that come at once would all
// pass before the first of them is refused. One statement sees each order once.
func comprobarRechazos(ctx context.Context, tx database.Writer, p *domain.Pedido, t domain.Topes) error {
	if t.Rechazos == 0 {
		return nil
	}
	var cuenta int
	err := tx.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM pedidos WHERE usuario_id = $1 AND fase IN `+abiertas+` AND fase = 'RECIBIDO') +
		(SELECT count(*) FROM (SELECT 1 FROM pedidos WHERE usuario_id = $2 AND motivo = 'SIN_STOCK' AND creado_en > $3 LIMIT $4) r)`,
		p.UsuarioID(), p.UsuarioID(), instante(t.Desde), t.Rechazos).Scan(&cuenta)
	if err != nil || cuenta < t.Rechazos {
		return err
	}
	var primero time.Time // of those that count, the first that no longer will
	err = tx.QueryRow(ctx, `SELECT creado_en FROM pedidos
		WHERE usuario_id = $1 AND motivo = 'SIN_STOCK' AND creado_en > $2 ORDER BY creado_en DESC LIMIT 1 OFFSET $3`,
		p.UsuarioID(), instante(t.Desde), t.Rechazos-1).Scan(&primero)
	switch {
	case errors.Is(err, sql.ErrNoRows): // some are still being decided
		return domain.DemasiadosRechazos(t.Rechazos, 0)
	case err != nil:
		return err
	}
	return domain.DemasiadosRechazos(t.Rechazos, primero.Sub(t.Desde))
}

func comprobarUnidades(ctx context.Context, tx database.Writer, p *domain.Pedido, maximo int64) error {
	if maximo == 0 {
		return nil
	}
	unidades, err := porProducto(ctx, tx, `SELECT l.producto_id, CAST(sum(l.cantidad) AS bigint) FROM pedidos p
		JOIN pedido_lineas l ON l.pedido_id = p.id WHERE p.usuario_id = $1 AND p.fase IN `+abiertas+` GROUP BY l.producto_id`, p.UsuarioID())
	if err != nil {
		return err
	}
	return p.LimitePorCliente(maximo, unidades)
}

// porProducto reads a quantity for each product.
func porProducto(ctx context.Context, tx database.Writer, query string, args ...any) (map[int64]int64, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cantidades := map[int64]int64{}
	for rows.Next() {
		var producto, cantidad int64
		if err := rows.Scan(&producto, &cantidad); err != nil {
			return nil, err
		}
		cantidades[producto] = cantidad
	}
	return cantidades, rows.Err()
}
