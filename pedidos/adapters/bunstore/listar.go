package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// Listar implements ports.Pedidos.
func (r *Pedidos) Listar(ctx context.Context, f ports.Filtro) ([]*domain.Pedido, error) {
	var filas []fila
	q := r.db.NewSelect().Model(&filas).ColumnExpr(columnas).OrderExpr("id DESC").Limit(int64(f.Limite))
	if f.UsuarioID != 0 {
		q = q.Where("usuario_id = ?", f.UsuarioID)
	}
	if f.Estado != "" {
		q = q.Where("fase IN (?)", bun.List(fasesDe(f.Estado)))
	}
	if f.Fase != "" {
		q = q.Where("fase = ?", f.Fase)
	}
	if f.Desde != nil {
		q = q.Where("creado_en >= ?", f.Desde.UTC())
	}
	if f.Hasta != nil {
		q = q.Where("creado_en < ?", f.Hasta.UTC())
	}
	if f.AntesDe != 0 {
		q = q.Where("id < ?", f.AntesDe)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, database.Fault(err)
	}
	return aDominios(filas)
}

func fasesDe(e domain.Estado) []domain.Fase {
	var fases []domain.Fase
	for _, f := range domain.Fases {
		if f.Estado() == e {
			fases = append(fases, f)
		}
	}
	return fases
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
