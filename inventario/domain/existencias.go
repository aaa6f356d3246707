// Package domain holds the rules of stock: what a product has, what may change it, and how a reservation lives and ends.
//
// It knows no database and no HTTP. Stock itself changes in the database, by conditional statements that no two writers can
// come between; the rule that those statements mirror is Existencias.Admite, and ports/portstest proves that they do.
package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// The limits of quantities, in units. All sums of them stay far below 2^63, and below 2^53 for clients that count in floats.
const (
	MaxCantidad = 1_000_000         // of one line or movement
	MaxFisico   = 1_000_000_000_000 // of one product
)

// Existencias is the stock of one product: what is on the shelf, and how much of it is promised to reservations.
// Always 0 ≤ reservado ≤ fisico ≤ MaxFisico.
type Existencias struct {
	productoID    int64
	fisico        int64 // on the shelf
	reservado     int64 // of it, held by active reservations
	minimo        int64 // below it the product should be bought again
	version       int64 // 1 at birth, one more with every change
	actualizadoEn time.Time
}

// RevisarMinimo is fault.ErrInvalid for a minimum that stock cannot have.
func RevisarMinimo(minimo int64) error {
	var mal fault.Fields
	revisarRango(&mal, "minimo", minimo, 0, MaxFisico)
	return mal.Err()
}

// NuevasExistencias is the stock of a product that had none, with nothing reserved. fault.ErrInvalid names every wrong field.
func NuevasExistencias(productoID, cantidad, minimo int64, ahora time.Time) (*Existencias, error) {
	var mal fault.Fields
	revisarProducto(&mal, "producto_id", productoID)
	revisarRango(&mal, "cantidad", cantidad, 0, MaxCantidad)
	revisarRango(&mal, "minimo", minimo, 0, MaxFisico)
	if err := mal.Err(); err != nil {
		return nil, err
	}
	return &Existencias{productoID: productoID, fisico: cantidad, minimo: minimo, version: 1, actualizadoEn: ahora}, nil
}

// Admite says whether the change is possible now: fault.ErrPrecondition in another version, domain.ErrStockInsuficiente with what
// is available and what is reserved, domain.ErrCambioDuranteRecuento with what there is, or fault.ErrInvalid when the product
// would have more than MaxFisico.
func (e *Existencias) Admite(c Cambio) error {
	if err := e.ExigirVersion(c.SiVersion...); err != nil {
		return err
	}
	if c.SoloSi != nil && *c.SoloSi != e.fisico {
		return ErrCambioDuranteRecuento.
			New("El inventario cambió mientras se contaba: ahora son %d. Cuente de nuevo.", e.fisico).
			With("fisico", e.fisico)
	}
	fisico, reservado := e.fisico+c.Fisico, e.reservado+c.Reservado
	if fisico > MaxFisico {
		var mal fault.Fields
		mal.Add("cantidad", "FUERA_DE_RANGO", fmt.Sprintf("El producto tendría más de %d unidades.", int64(MaxFisico)))
		return mal.Err()
	}
	if fisico < 0 || reservado < 0 || reservado > fisico {
		return e.insuficiente(c.Tipo)
	}
	return nil
}

func (e *Existencias) insuficiente(por Tipo) error {
	texto := "Unidades disponibles: %d, y reservadas: %d. Retire menos, o libere antes lo reservado."
	if por == TipoRecuento {
		texto = "Ha contado menos de lo que está reservado. Unidades disponibles: %d, y reservadas: %d. " +
			"Cuente de nuevo; si faltan de verdad, cancele antes pedidos que las reservan."
	}
	return ErrStockInsuficiente.New(texto, e.Disponible(), e.reservado).With("disponible", e.Disponible()).With("reservado", e.reservado)
}

// ExigirVersion refuses with fault.ErrPrecondition when the current version is none of the caller's; without any it asks for nothing.
func (e *Existencias) ExigirVersion(versiones ...int64) error {
	if len(versiones) == 0 || slices.Contains(versiones, e.version) {
		return nil
	}
	return fault.ErrPrecondition.
		New("El inventario ha cambiado desde que lo leyó. Léalo de nuevo y repita el cambio.").
		With("version_actual", e.version)
}

// PonerMinimo says below which quantity the product should be bought again. The same one changes nothing.
func (e *Existencias) PonerMinimo(minimo int64, ahora time.Time) {
	if minimo == e.minimo {
		return
	}
	e.minimo = minimo
	e.version++
	if ahora.After(e.actualizadoEn) { // the time of a product never goes back
		e.actualizadoEn = ahora
	}
}

// ProductoID is the product whose stock this is.
func (e *Existencias) ProductoID() int64 { return e.productoID }

// Fisico is what is on the shelf, reserved or not.
func (e *Existencias) Fisico() int64 { return e.fisico }

// Reservado is what active reservations hold.
func (e *Existencias) Reservado() int64 { return e.reservado }

// Disponible is what can still be reserved or taken out: the `cantidad` of the API.
func (e *Existencias) Disponible() int64 { return e.fisico - e.reservado }

// Minimo is the quantity below which the product should be bought again.
func (e *Existencias) Minimo() int64 { return e.minimo }

// BajoMinimo reports whether less than the minimum is available.
func (e *Existencias) BajoMinimo() bool { return e.Disponible() < e.minimo }

// Version counts the changes, from 1.
func (e *Existencias) Version() int64 { return e.version }

// ActualizadoEn is when the stock last changed.
func (e *Existencias) ActualizadoEn() time.Time { return e.actualizadoEn }

// ExistenciasSnapshot is the stock of a product as storage keeps it.
type ExistenciasSnapshot struct {
	ProductoID    int64
	Fisico        int64
	Reservado     int64
	Minimo        int64
	Version       int64
	ActualizadoEn time.Time
}

// RehidratarExistencias is the way back from storage. It panics on a row that this service can never have written: selling
// from it would be worse than stopping.
func RehidratarExistencias(s ExistenciasSnapshot) *Existencias {
	posible := s.ProductoID > 0 && s.Reservado >= 0 && s.Reservado <= s.Fisico && s.Fisico <= MaxFisico && s.Minimo >= 0 &&
		s.Version > 0 && !s.ActualizadoEn.IsZero()
	if !posible {
		panic(fmt.Sprintf("domain: impossible stock row, product %d version %d: fisico %d reservado %d",
			s.ProductoID, s.Version, s.Fisico, s.Reservado))
	}
	return &Existencias{
		productoID: s.ProductoID, fisico: s.Fisico, reservado: s.Reservado, minimo: s.Minimo,
		version: s.Version, actualizadoEn: s.ActualizadoEn,
	}
}
