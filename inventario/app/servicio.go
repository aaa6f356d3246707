// Package app holds the use cases of stock, one file each.
//
// Commands are plain structs; answers are domain values. httpapi has checked the scope of the operation before.
package app

import (
	"time"

	"github.com/tienda-go/tienda/inventario/ports"
)

// Servicio offers the use cases. Its only state is the result of the last verification, and it may be used by any number of
// goroutines.
type Servicio struct {
	existencias    ports.Existencias
	reservas       ports.Reservas
	devoluciones   ports.Devoluciones
	libro          ports.Libro
	verificaciones ports.Verificaciones
	catalogo       ports.Catalogo
	ahora          func() time.Time
	medida         Medida
}

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

// New makes the service; every dependency is required.
func New(d Dependencias) *Servicio {
	return &Servicio{
		existencias: d.Existencias, reservas: d.Reservas, devoluciones: d.Devoluciones, libro: d.Libro,
		verificaciones: d.Verificaciones, catalogo: d.Catalogo, ahora: d.Reloj,
	}
}

// Medida is the result of the last verification, for the metrics.
func (s *Servicio) Medida() *Medida { return &s.medida }
