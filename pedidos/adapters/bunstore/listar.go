package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// finales are the final phases, written as in the partial index.
const finales = `('COMPLETADO', 'CANCELADO')`

// holgura is by how much the times of two orders may contradict the order of their ids: a request takes its time before its order
// gets an id, and the clocks of two instances differ.
const holgura = time.Minute

// Ids grow with time, so a date bounds ids too: the index of each other filter is read from that bound and not from the newest
// order.
const (
	idsDesde = "? > COALESCE((SELECT id FROM pedidos WHERE creado_en < ? ORDER BY creado_en DESC LIMIT 1), 0)"
	idsHasta = "? < COALESCE((SELECT id FROM pedidos WHERE creado_en >= ? ORDER BY creado_en LIMIT 1), 9223372036854775807)"
)

// Listar implements ports.Pedidos. Each filter has an index whose order is that of the list.
func (r *Pedidos) Listar(ctx context.Context, f ports.Filtro) ([]*domain.Pedido, error) {
	if imposible(f) {
		return []*domain.Pedido{}, nil
	}
	var filas []fila
	clave := bun.Ident("p.id")
	q := r.db.Read().NewSelect().Model(&filas).ColumnExpr(columnas).Limit(int64(f.Limite))
	if f.ProductoID != 0 {
		clave = "l.pedido_id"
		q = q.Join("JOIN pedido_lineas AS l ON l.pedido_id = p.id").Where("l.producto_id = ?", f.ProductoID)
	}
	if f.UsuarioID != 0 {
		q = q.Where("usuario_id = ?", f.UsuarioID)
	}
	switch fase := faseUnica(f); {
	case fase == domain.FaseCancelado && f.Motivo != "":
		// few orders with the reason are CANCELANDO: the index of the reason is used
		q = q.Where("fase <> ?", domain.FaseCancelando)
	case fase != "":
		q = q.Where("fase = ?", fase)
	case f.Estado == domain.Pendiente:
		q = q.Where("fase NOT IN " + finales)
	}
	if f.Motivo != "" {
		q = q.Where("motivo = ?", f.Motivo)
	}
	if f.Desde != nil {
		q = q.Where("creado_en >= ?", database.Ceil(*f.Desde)).Where(idsDesde, clave, registrable(f.Desde.UTC().Add(-holgura)))
	}
	if f.Hasta != nil {
		q = q.Where("creado_en < ?", database.Ceil(*f.Hasta)).Where(idsHasta, clave, registrable(f.Hasta.UTC().Add(holgura)))
	}
	if f.AntesDe != 0 {
		q = q.Where("? < ?", clave, f.AntesDe)
	}
	if err := q.OrderExpr("? DESC", clave).Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	return database.Values(filas, (*fila).aDominio)
}

// registrable is t, or the nearest instant that both databases can hold.
func registrable(t time.Time) time.Time {
	primero, ultimo := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	switch {
	case t.Before(primero):
		return primero
	case t.After(ultimo):
		return ultimo
	}
	return t
}

// imposible reports whether no order can match f: the database would read all orders to find none.
func imposible(f ports.Filtro) bool {
	ajena := f.Fase != "" && f.Estado != "" && f.Fase.Estado() != f.Estado
	sinMotivo := f.Estado == domain.Completado || f.Fase != "" && f.Fase != domain.FaseCancelando && f.Fase != domain.FaseCancelado
	return ajena || f.Motivo != "" && sinMotivo
}

// faseUnica is the only phase of the orders that match f, "" when there are several.
func faseUnica(f ports.Filtro) domain.Fase {
	switch {
	case f.Fase != "":
		return f.Fase
	case f.Estado == domain.Pendiente && f.Motivo != "":
		return domain.FaseCancelando
	case f.Estado == domain.Pendiente:
		return ""
	default:
		return domain.Fase(f.Estado) // the final states are phases of the same name
	}
}
