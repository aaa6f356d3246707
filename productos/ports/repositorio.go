// Package ports says what the use cases need from outside: somewhere to keep products and to find them again.
//
// portstest holds the suite that every implementation passes. Any method may also fail with fault.ErrUnavailable (the
// storage is down: repeat later) or with an error that is no fault (a defect).
package ports

import (
	"context"

	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/productos/domain"
)

// Repositorio keeps products, one at a time. Among the products that are not archived it holds each name and each SKU
// once, in the form that domain.Identidad gives them, also between writers at the same instant: domain.ErrNombreDuplicado and,
// when the name is free, domain.ErrSKUDuplicado tell the `producto_id` that has it.
//
// A change is made once for the key of a request: when an earlier try has made it, nothing is done, and the product is returned as that
// try left it.
type Repositorio interface {
	// Crear stores a new product and returns it with its id.
	// domain.ErrNombreDuplicado, domain.ErrSKUDuplicado.
	Crear(ctx context.Context, clave idempotency.Key, nuevo *domain.Producto) (*domain.Producto, error)

	// Obtener finds a product, whatever its state.
	// domain.ErrProductoNoExiste.
	Obtener(ctx context.Context, id int64) (*domain.Producto, error)

	// Actualizar gives the stored product to cambiar and stores what it made of it, as one step that no other writer can come
	// between; it returns the result. When cambiar fails nothing is stored and its error is returned. cambiar may be called
	// more than once, each time with a fresh product.
	// domain.ErrProductoNoExiste, domain.ErrNombreDuplicado, domain.ErrSKUDuplicado, and what cambiar returns.
	Actualizar(ctx context.Context, clave idempotency.Key, id int64, cambiar func(*domain.Producto) error) (*domain.Producto, error)
}

// Catalogo finds many products at once, always by id ascending. Nothing found is an empty answer, not an error.
type Catalogo interface {
	// Activos returns at most limite products in state domain.Activo whose id is greater than despuesDe.
	Activos(ctx context.Context, despuesDe int64, limite int) ([]*domain.Producto, error)

	// Buscar returns the products that have all that b asks for, in any state unless it asks for one.
	Buscar(ctx context.Context, b Busqueda) ([]*domain.Producto, error)

	// PorIDs returns the products that exist among ids, each once, whatever their state.
	PorIDs(ctx context.Context, ids []int64) ([]*domain.Producto, error)
}

// Busqueda is what to look for. What is "" is not asked for.
type Busqueda struct {
	Estado    domain.Estado
	Nombre    string // as domain.Identidad has it
	SKU       string // likewise
	DespuesDe int64  // only products with a greater id
	Limite    int    // the most to return
}
