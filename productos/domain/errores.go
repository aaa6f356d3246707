package domain

import (
	"errors"

	"github.com/tienda-go/tienda/kit/fault"
)

// The refusals of this service. Clients switch on the second argument.
var (
	ErrProductoNoExiste = fault.Define(fault.NotFound, "PRODUCTO_NO_EXISTE", "El producto no existe")
	ErrNombreDuplicado  = fault.Define(fault.Conflict, "NOMBRE_DUPLICADO", "Nombre de producto duplicado")
	ErrSKUDuplicado     = fault.Define(fault.Conflict, "SKU_DUPLICADO", "SKU duplicado")
)

// errImposible is about a row that this service cannot have written.
var errImposible = errors.New("domain: impossible row in storage")

// NoExiste is the answer for a product that does not exist, and the same answer for one that the caller may not see.
func NoExiste() error {
	return ErrProductoNoExiste.New("No hay ningún producto con ese identificador.")
}
