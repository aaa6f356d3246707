// Package domain holds the rules of stock: what a product has, what may change it, and how a reservation begins and ends.
//
// The package has no database and no HTTP. Conditional statements change the stock in the database, so that concurrent writers
// cannot break its rules. Existencias.Admite is the rule of these statements, and ports/portstest proves that they follow it.
package domain

import (
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// The largest quantities, in units. Their sums stay below 2^53, which clients can count in floats.
const (
	MaxCantidad = 1_000_000         // of one line or movement
	MaxFisico   = 1_000_000_000_000 // of one product
)

// Existencias is the stock of one product. Always 0 ≤ reservado ≤ fisico ≤ MaxFisico.
type Existencias struct{ registro RegistroExistencias }

// RegistroExistencias is the record of a product's stock, as storage keeps it.
type RegistroExistencias struct {
	ProductoID    int64
	Fisico        int64 // units on the shelf
	Reservado     int64 // of them, held by active reservations
	Minimo        int64 // with fewer units available the product should be bought again
	Version       int64 // 1 for new stock, one more with every change
	ActualizadoEn time.Time
}

// RevisarMinimo refuses a minimum out of range with fault.ErrInvalid.
func RevisarMinimo(minimo int64) error {
	var mal fault.Fields
	revisarRango(&mal, "minimo", minimo, 0, MaxFisico)
	return mal.Err()
}

// NewExistencias makes the stock of a product that had none, without reserved units. fault.ErrInvalid names every wrong field.
func NewExistencias(productoID, cantidad, minimo int64, ahora time.Time) (*Existencias, error) {
	var mal fault.Fields
	revisarProducto(&mal, "producto_id", productoID)
	revisarRango(&mal, "cantidad", cantidad, 0, MaxCantidad)
	revisarRango(&mal, "minimo", minimo, 0, MaxFisico)
	if err := mal.Err(); err != nil {
		return nil, err
	}
	return &Existencias{RegistroExistencias{ProductoID: productoID, Fisico: cantidad, Minimo: minimo, Version: 1,
		ActualizadoEn: ahora}}, nil
}

// Admite accepts a change that is possible now. fault.ErrPrecondition in another version, domain.ErrStockInsuficiente with
// `disponible` and `reservado`, domain.ErrCambioDuranteRecuento with `fisico`, fault.ErrInvalid beyond MaxFisico.
func (e *Existencias) Admite(c Cambio) error {
	if err := e.ExigirVersion(c.SiVersion...); err != nil {
		return err
	}
	if c.SoloSi != nil && *c.SoloSi != e.registro.Fisico {
		return ErrCambioDuranteRecuento.
			New("El inventario cambió mientras se contaba: ahora son %d. Cuente de nuevo.", e.registro.Fisico).
			With("fisico", e.registro.Fisico)
	}
	fisico, reservado := e.registro.Fisico+c.Fisico, e.registro.Reservado+c.Reservado
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
	return ErrStockInsuficiente.New(texto, e.Disponible(), e.registro.Reservado).With("disponible", e.Disponible()).
		With("reservado", e.registro.Reservado)
}

// ExigirVersion refuses with fault.ErrPrecondition when the current version is not one of these; without versions it accepts any.
func (e *Existencias) ExigirVersion(versiones ...int64) error {
	return fault.CheckVersion("El inventario", e.registro.Version, versiones)
}

// PonerMinimo sets the quantity below which the product should be bought again. An equal minimum changes nothing.
func (e *Existencias) PonerMinimo(minimo int64, ahora time.Time) {
	if minimo == e.registro.Minimo {
		return
	}
	e.registro.Minimo = minimo
	e.registro.Version++
	if ahora.After(e.registro.ActualizadoEn) { // the time of a product never goes back
		e.registro.ActualizadoEn = ahora
	}
}

// The parts of the stock of a product.
func (e *Existencias) ProductoID() int64             { return e.registro.ProductoID }
func (e *Existencias) Fisico() int64                 { return e.registro.Fisico }
func (e *Existencias) Reservado() int64              { return e.registro.Reservado }
func (e *Existencias) Minimo() int64                 { return e.registro.Minimo }
func (e *Existencias) Version() int64                { return e.registro.Version }
func (e *Existencias) ActualizadoEn() time.Time      { return e.registro.ActualizadoEn }
func (e *Existencias) Registro() RegistroExistencias { return e.registro }

// Disponible is how many units can be reserved or taken out: the `cantidad` of the API.
func (e *Existencias) Disponible() int64 { return e.registro.Fisico - e.registro.Reservado }

// BajoMinimo reports whether fewer units than the minimum are available.
func (e *Existencias) BajoMinimo() bool { return e.Disponible() < e.registro.Minimo }

// RehidratarExistencias makes stock from storage. A row that this service cannot have written is an error.
func RehidratarExistencias(r RegistroExistencias) (*Existencias, error) {
	if r.ProductoID < 1 || r.Reservado < 0 || r.Reservado > r.Fisico || r.Fisico > MaxFisico || r.Minimo < 0 || r.Version < 1 ||
		r.ActualizadoEn.IsZero() {
		return nil, fmt.Errorf("%w: stock of product %d, version %d: fisico %d, reservado %d",
			errImposible, r.ProductoID, r.Version, r.Fisico, r.Reservado)
	}
	r.ActualizadoEn = r.ActualizadoEn.UTC()
	return &Existencias{r}, nil
}
