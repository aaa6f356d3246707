package bunstore

import (
	"context"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/inventario/domain"
)

// avisarMinimo logs which products a committed change has brought below their minimum: only the change that crosses the minimum
// is logged. cambios and despues are in the same order, one a product.
func avisarMinimo(ctx context.Context, db *database.DB, cambios []domain.Cambio, despues []*domain.Existencias) {
	for i, e := range despues {
		antes := e.Disponible() - cambios[i].Fisico + cambios[i].Reservado
		if antes >= e.Minimo() && e.BajoMinimo() {
			db.Log().InfoContext(ctx, "stock below minimum",
				"producto_id", e.ProductoID(), "cantidad", e.Disponible(), "minimo", e.Minimo())
		}
	}
}
