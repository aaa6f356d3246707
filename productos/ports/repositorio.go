// Package ports says what the use cases need from outside: somewhere to keep products and to find them again.
//
// portstest holds the suite that every implementation passes. Any method may also fail with fault.ErrUnavailable (the
// storage is down: repeat later) or with an error that is no fault (a defect).
package ports

import (
	"context"

	"github.com/tienda-go/tienda/productos/domain"
)

// Repositorio keeps products, one at a time. Among the products that are not archived it holds each name (whatever its
// case and Unicode form) and each SKU once, also between writers at the same instant.
type Repositorio interface {
	// Crear stores a new product and returns it with its id.
	// domain.ErrNombreDuplicado, domain.ErrSKUDuplicado.
	Crear(ctx context.Context, nuevo *domain.Producto) (*domain.Producto, error)

	// Obtener finds a product, whatever its state.
	// domain.ErrProductoNoExiste.
	Obtener(ctx context.Context, id int64) (*domain.Producto, error)

	// Actualizar gives the stored product to cambiar and stores what it made of it, as one step that no other writer can come
	// between; it returns the result. When cambiar fails nothing is stored and its error is returned. cambiar may be called
	// more than once, each time with a fresh product.
	// domain.ErrProductoNoExiste, domain.ErrNombreDuplicado, domain.ErrSKUDuplicado, and what cambiar returns.
	Actualizar(ctx context.Context, id int64, cambiar func(*domain.Producto) error) (*domain.Producto, error)
}

// Catalogo finds many products at once, always by id ascending. Nothing found is an empty answer, not an error.
type Catalogo interface {
	// Activos returns at most limite products in state domain.Activo whose id is greater than despuesDe.
	Activos(ctx context.Context, despuesDe int64, limite int) ([]*domain.Producto, error)

	// PorIDs returns the products that exist among ids, each once, whatever their state.
	PorIDs(ctx context.Context, ids []int64) ([]*domain.Producto, error)
}
