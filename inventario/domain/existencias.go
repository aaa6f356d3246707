// Package domain holds the rules of stock: what a product has, what may change it, and how a reservation lives and ends.
//
// The package has no database and no HTTP. Conditional statements change the stock in the database, so that concurrent writers
// cannot break its rules. Existencias.Admite is the rule of these statements, and ports/portstest proves that they follow it.
package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// The largest quantities, in units. Their sums stay below 2^53, which clients can count in floats.
const (
	MaxCantidad = 1_000_000         // of one line or movement
	MaxFisico   = 1_000_000_000_000 // of one product
)

// Existencias is the stock of one product. Always 0 ≤ reservado ≤ fisico ≤ MaxFisico.
type Existencias struct{ ficha FichaExistencias }

// FichaExistencias is the record of a product's stock, as storage keeps it.
type FichaExistencias struct {
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
	return &Existencias{FichaExistencias{ProductoID: productoID, Fisico: cantidad, Minimo: minimo, Version: 1,
		ActualizadoEn: ahora}}, nil
}

// Admite accepts a change that is possible now. fault.ErrPrecondition in another version, domain.ErrStockInsuficiente with
// `disponible` and `reservado`, domain.ErrCambioDuranteRecuento with `fisico`, fault.ErrInvalid beyond MaxFisico.
func (e *Existencias) Admite(c Cambio) error {
	if err := e.ExigirVersion(c.SiVersion...); err != nil {
		return err
	}
	if c.SoloSi != nil && *c.SoloSi != e.ficha.Fisico {
		return ErrCambioDuranteRecuento.
			New("El inventario cambió mientras se contaba: ahora son %d. Cuente de nuevo.", e.ficha.Fisico).
			With("fisico", e.ficha.Fisico)
	}
	fisico, reservado := e.ficha.Fisico+c.Fisico, e.ficha.Reservado+c.Reservado
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
	return ErrStockInsuficiente.New(texto, e.Disponible(), e.ficha.Reservado).With("disponible", e.Disponible()).
		With("reservado", e.ficha.Reservado)
}

// ExigirVersion refuses with fault.ErrPrecondition when the current version is not one of these; without versions it accepts any.
func (e *Existencias) ExigirVersion(versiones ...int64) error {
	if len(versiones) == 0 || slices.Contains(versiones, e.ficha.Version) {
		return nil
	}
	return fault.ErrPrecondition.
		New("El inventario ha cambiado desde que lo leyó. Léalo de nuevo y repita el cambio.").
		With("version_actual", e.ficha.Version)
}

// PonerMinimo sets the quantity below which the product should be bought again. An equal minimum changes nothing.
func (e *Existencias) PonerMinimo(minimo int64, ahora time.Time) {
	if minimo == e.ficha.Minimo {
		return
	}
	e.ficha.Minimo = minimo
	e.ficha.Version++
	if ahora.After(e.ficha.ActualizadoEn) { // the time of a product never goes back
		e.ficha.ActualizadoEn = ahora
	}
}

// The parts of the stock of a product.
func (e *Existencias) ProductoID() int64        { return e.ficha.ProductoID }
func (e *Existencias) Fisico() int64            { return e.ficha.Fisico }
func (e *Existencias) Reservado() int64         { return e.ficha.Reservado }
func (e *Existencias) Minimo() int64            { return e.ficha.Minimo }
func (e *Existencias) Version() int64           { return e.ficha.Version }
func (e *Existencias) ActualizadoEn() time.Time { return e.ficha.ActualizadoEn }
func (e *Existencias) Ficha() FichaExistencias  { return e.ficha }

// Disponible is how many units can be reserved or taken out: the `cantidad` of the API.
func (e *Existencias) Disponible() int64 { return e.ficha.Fisico - e.ficha.Reservado }

// BajoMinimo reports whether fewer units than the minimum are available.
func (e *Existencias) BajoMinimo() bool { return e.Disponible() < e.ficha.Minimo }

// RehidratarExistencias makes stock from storage. A row that this service cannot have written is an error: the
// shop must not sell from it.
func RehidratarExistencias(f FichaExistencias) (*Existencias, error) {
	if f.ProductoID < 1 || f.Reservado < 0 || f.Reservado > f.Fisico || f.Fisico > MaxFisico || f.Minimo < 0 || f.Version < 1 ||
		f.ActualizadoEn.IsZero() {
		return nil, fmt.Errorf("%w: stock of product %d, version %d: fisico %d, reservado %d",
			errImposible, f.ProductoID, f.Version, f.Fisico, f.Reservado)
	}
	f.ActualizadoEn = f.ActualizadoEn.UTC()
	return &Existencias{f}, nil
}
