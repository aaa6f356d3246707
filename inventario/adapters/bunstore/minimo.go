package bunstore

import (
	"context"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/kit/database"
)

// avisarMinimo tells the log which products a change that is committed has brought below their minimum. Only the change that crosses
// it is told: cambios and despues are in the same order, one a product.
func avisarMinimo(ctx context.Context, db *database.DB, cambios []domain.Cambio, despues []*domain.Existencias) {
	for i, e := range despues {
		antes := e.Disponible() - cambios[i].Fisico + cambios[i].Reservado
		if antes >= e.Minimo() && e.Disponible() < e.Minimo() {
			db.Log().InfoContext(ctx, "stock below minimum", "producto_id", e.ProductoID(), "cantidad", e.Disponible(), "minimo", e.Minimo())
		}
	}
}
