// Package app holds the use cases of productos, one file each.
//
// Commands are plain structs; answers are domain values. httpapi has checked the scope of the operation before, and domain has
// the rules about products: this package has the order of the steps.
package app

import (
	"time"

	"github.com/tienda-go/tienda/productos/ports"
)

// Dependencias is what the use cases need from outside.
type Dependencias struct {
	Productos ports.Repositorio
	Catalogo  ports.Catalogo
	Reloj     func() time.Time // UTC, microseconds
}

// Servicio offers the use cases. It has no state of its own and may be used by any number of goroutines.
type Servicio struct{ d Dependencias }

// New makes the service; every dependency is required.
func New(d Dependencias) *Servicio { return &Servicio{d: d} }
