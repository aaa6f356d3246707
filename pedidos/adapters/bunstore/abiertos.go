package bunstore

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// Abiertos implements ports.Pendientes. The index of open orders has all of it but the times.
func (r *Pedidos) Abiertos(ctx context.Context) ([]ports.Abiertos, error) {
	var filas []struct {
		Fase       string
		Cuantos    int64
		MasAntiguo time.Time
	}
	err := r.db.Read().NewSelect().Table("pedidos").ColumnExpr("fase, count(*) AS cuantos, min(actualizado_en) AS mas_antiguo").
		Where("fase IN "+abiertas).GroupExpr("fase").OrderExpr("fase").Scan(ctx, &filas)
	if err != nil {
		return nil, database.Fault(err)
	}
	abiertos := make([]ports.Abiertos, len(filas))
	for i, f := range filas {
		abiertos[i] = ports.Abiertos{Fase: domain.Fase(f.Fase), Cuantos: f.Cuantos, MasAntiguo: f.MasAntiguo.UTC()}
	}
	return abiertos, nil
}
