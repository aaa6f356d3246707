// Package app holds the use cases of inventario, one file each.
//
// Commands are plain structs; answers are domain values. httpapi has checked the scope of the operation before.
package app

import (
	"time"

	"github.com/tienda-go/tienda/inventario/ports"
)

// Dependencias is what the use cases need from outside.
type Dependencias struct {
	Existencias    ports.Existencias
	Reservas       ports.Reservas
	Devoluciones   ports.Devoluciones
	Libro          ports.Libro
	Verificaciones ports.Verificaciones
	Catalogo       ports.Catalogo
	Reloj          func() time.Time // UTC, microseconds
}

// Servicio offers the use cases. Its only state is the result of the last verification, and it may be used by any number of
// goroutines.
type Servicio struct {
	d      Dependencias
	medida Medida
}

// New makes the service; every dependency is required.
func New(d Dependencias) *Servicio { return &Servicio{d: d} }

// Medida is the result of the last verification, for the metrics.
func (s *Servicio) Medida() *Medida { return &s.medida }
