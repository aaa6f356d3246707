// Package ports says what the use cases need from outside: to store products and to find them.
//
// portstest holds the suite that every implementation passes. Any method may also fail with fault.ErrUnavailable (the storage is
// down: repeat later) or with an error that is not a fault (a defect).
package ports

import (
	"context"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/domain"
)

// Repositorio stores single products. Among products that are not archived each name and each SKU is unique, compared by
// domain.Identidad, also when two writers come at the same time: domain.ErrNombreDuplicado and, when the name is free,
// domain.ErrSKUDuplicado have the `producto_id` of the other product.
//
// A change is made once for the Idempotency-Key of a request: when an earlier try has made it, the product is returned as that
// try left it.
type Repositorio interface {
	// Crear stores a new product and returns it with its id.
	// domain.ErrNombreDuplicado, domain.ErrSKUDuplicado.
	Crear(ctx context.Context, clave idempotency.Key, nuevo *domain.Producto) (*domain.Producto, error)

	// Obtener finds a product in any state. domain.ErrProductoNoExiste.
	Obtener(ctx context.Context, id int64) (*domain.Producto, error)

	// Actualizar passes the stored product to cambiar, stores the changed product and returns it, as one step between which no
	// other writer can change it. When cambiar fails, nothing is stored and its error is returned. cambiar may be called more than
	// once, each time with a fresh product. domain.ErrProductoNoExiste, domain.ErrNombreDuplicado, domain.ErrSKUDuplicado, and what
	// cambiar returns.
	Actualizar(ctx context.Context, clave idempotency.Key, id int64, cambiar func(*domain.Producto) error) (*domain.Producto, error)
}

// Catalogo finds many products at once, by id ascending. When there is none, the answer is empty and not an error.
type Catalogo interface {
	// Buscar returns the products that match every field of b, at most b.Limite.
	Buscar(ctx context.Context, b Busqueda) ([]*domain.Producto, error)

	// PorIDs returns the products with these ids that exist, each once, in any state.
	PorIDs(ctx context.Context, ids []int64) ([]*domain.Producto, error)
}

// Busqueda is what to look for. A field that is "" matches every product.
type Busqueda struct {
	Estado    domain.Estado
	Nombre    string // in the form of domain.Identidad
	SKU       string // the exact SKU, compared by domain.Identidad
	DespuesDe int64  // only products with a greater id
	Limite    int    // the most to return
}
