// Package app holds the use cases of stock, one file each.
//
// Commands are plain structs; answers are domain values. Which scope a call needs is decided before (in httpapi, from the
// OpenAPI document); that reservations are for services alone is decided here.
package app

import (
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
)

// Servicio offers the use cases. It has no state of its own but what the last verification found, and may be used by any
// number of goroutines.
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

// Medida is what the verifications of the ledger found.
func (s *Servicio) Medida() *Medida { return &s.medida }

// Autor is who asks for a change, and in which request.
type Autor struct {
	Quien    authn.Caller
	Peticion string // request id
}

// causa is what the ledger keeps of a change.
func (s *Servicio) causa(a Autor) domain.Causa {
	return domain.Causa{Actor: a.Quien.Subject, Peticion: a.Peticion, Cuando: s.ahora()}
}

// ExigirServicio refuses people, with any scope in their token: a person reserves by placing an order, and
// returns what was in it.
func ExigirServicio(quien authn.Caller) error {
	if _, ok := quien.Service(); !ok {
		return fault.ErrForbidden.New("Las reservas y las devoluciones son solo para los servicios de la tienda. Haga un pedido, o pida su devolución.")
	}
	return nil
}
