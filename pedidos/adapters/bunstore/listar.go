package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// finales are the phases of an order that is over, written as the partial index has them.
const finales = `('COMPLETADO', 'CANCELADO')`

// Listar implements ports.Pedidos. Each filter has an index whose order is that of the list, but for dates: those of a list are
// read from the newest order on.
func (r *Pedidos) Listar(ctx context.Context, f ports.Filtro) ([]*domain.Pedido, error) {
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
	switch f.Estado {
	case "":
	case domain.Pendiente:
		q = q.Where("fase NOT IN " + finales)
	default: // the final states are phases of the same name
		q = q.Where("fase = ?", f.Estado)
	}
	if f.Fase != "" {
		q = q.Where("fase = ?", f.Fase)
	}
	if f.Motivo != "" {
		q = q.Where("motivo = ?", f.Motivo)
	}
	if f.Desde != nil {
		q = q.Where("creado_en >= ?", f.Desde.UTC())
	}
	if f.Hasta != nil {
		q = q.Where("creado_en < ?", f.Hasta.UTC())
	}
	if f.AntesDe != 0 {
		q = q.Where("? < ?", clave, f.AntesDe)
	}
	if err := q.OrderExpr("? DESC", clave).Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	return aDominios(filas)
}

func aDominios(filas []fila) ([]*domain.Pedido, error) {
	pedidos := make([]*domain.Pedido, 0, len(filas))
	for _, f := range filas {
		p, err := f.aDominio()
		if err != nil {
			return nil, err
		}
		pedidos = append(pedidos, p)
	}
	return pedidos, nil
}
