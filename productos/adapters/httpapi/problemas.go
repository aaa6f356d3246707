package httpapi

import (
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/productos/domain"
)

// duplicado has the further members of the problem of a taken name or SKU.
type duplicado struct {
	ProductoID int64 `json:"producto_id,omitempty" doc:"El producto que ya lo usa" example:"1"`
}

// problemas has the members of this service's problems beside the standard ones.
func problemas() rest.Problems {
	return rest.Problems{domain.ErrNombreDuplicado: duplicado{}, domain.ErrSKUDuplicado: duplicado{}}
}
