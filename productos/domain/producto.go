// Package domain holds the rules of the catalogue: what a product is, which data it may have and how it changes.
//
// It has no database and no HTTP. That names and SKUs are unique is a rule over all products: the repository enforces it (see
// ports.Repositorio) and returns the problems declared in errores.go.
package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Producto is something that the shop sells, sold, or will sell. It is never deleted: orders refer to it.
type Producto struct {
	id            int64 // 0 until it is stored
	ficha         Ficha
	anterior      Estado // the state before archiving; "" when not archived, or unknown
	version       int64  // 1 for a new product, one more with every change
	creadoEn      time.Time
	actualizadoEn time.Time
}

// NuevoProducto is a product that does not exist yet; its id comes from the repository. Without a currency it costs EUR,
// without a state it is Activo. fault.ErrInvalid names every wrong field.
func NuevoProducto(ficha Ficha, ahora time.Time) (*Producto, error) {
	revisada, err := ficha.conDefectos().revisada(Ficha{})
	if err != nil {
		return nil, err
	}
	return &Producto{ficha: revisada, version: 1, creadoEn: ahora, actualizadoEn: ahora}, nil
}

// Editar replaces the data of the product. An equal ficha changes nothing, not even the version. fault.ErrInvalid names every
// wrong field.
func (p *Producto) Editar(ficha Ficha, ahora time.Time) error {
	revisada, err := ficha.revisada(p.ficha)
	if err != nil {
		return err
	}
	if revisada.igual(p.ficha) {
		return nil
	}
	p.recordar(revisada.Estado)
	p.ficha = revisada
	p.version++
	p.actualizadoEn = ahora
	return nil
}

// Archivar withdraws the product from the catalogue. Archiving it again changes nothing.
func (p *Producto) Archivar(ahora time.Time) { p.pasarA(Archivado, ahora) }

// Restaurar undoes archiving: the product gets its earlier state. When that is unknown (older rows do not have it, and a product
// may be created archived), it becomes Activo, unless its price is 0. A product that is not archived stays as it is.
func (p *Producto) Restaurar(ahora time.Time) {
	switch {
	case p.ficha.Estado != Archivado:
	case p.anterior != "":
		p.pasarA(p.anterior, ahora)
	case p.ficha.Precio == 0: // a product without a price is more likely a draft
		p.pasarA(Borrador, ahora)
	default:
		p.pasarA(Activo, ahora)
	}
}

func (p *Producto) pasarA(estado Estado, ahora time.Time) {
	if p.ficha.Estado == estado {
		return
	}
	p.recordar(estado)
	p.ficha.Estado = estado
	p.version++
	p.actualizadoEn = ahora
}

// recordar keeps the current state for Restaurar, before the product gets the state nuevo.
func (p *Producto) recordar(nuevo Estado) {
	switch {
	case nuevo != Archivado:
		p.anterior = ""
	case p.ficha.Estado != Archivado:
		p.anterior = p.ficha.Estado
	}
}

// Publico reports whether every caller may see the product: it is not a draft, and was not archived as a draft.
func (p *Producto) Publico() bool {
	return p.ficha.Estado != Borrador && p.anterior != Borrador
}

// ExigirVersion refuses with fault.ErrPrecondition when the current version is not one of these; without versions it accepts
// any.
func (p *Producto) ExigirVersion(versiones ...int64) error {
	if len(versiones) == 0 || slices.Contains(versiones, p.version) {
		return nil
	}
	return fault.ErrPrecondition.
		New("El producto ha cambiado desde que lo leyó. Léalo de nuevo y repita el cambio.").
		With("version_actual", p.version)
}

// ID identifies the product; 0 while it is not stored.
func (p *Producto) ID() int64 { return p.id }

// Anterior is the state before the product was archived; "" while it is not archived, or when that is not known.
func (p *Producto) Anterior() Estado { return p.anterior }

// Version counts the changes, from 1.
func (p *Producto) Version() int64 { return p.version }

// Ficha is a copy of the data of the product.
func (p *Producto) Ficha() Ficha { return p.ficha.copia() }

// CreadoEn is when the product was created.
func (p *Producto) CreadoEn() time.Time { return p.creadoEn }

// ActualizadoEn is when the product last changed.
func (p *Producto) ActualizadoEn() time.Time { return p.actualizadoEn }

// ProductoSnapshot is a product as storage keeps it.
type ProductoSnapshot struct {
	ID            int64
	Ficha         Ficha
	Anterior      Estado
	Version       int64
	CreadoEn      time.Time
	ActualizadoEn time.Time
}

// RehidratarProducto makes a product from storage. It does not check old texts by today's rules. It panics on a row that this
// service cannot have written: stopping is better than selling from wrong data.
func RehidratarProducto(s ProductoSnapshot) *Producto {
	posible := s.ID > 0 && s.Version > 0 && s.Ficha.Nombre != "" && s.Ficha.Precio.Valid() && s.Ficha.Estado.Valido() &&
		(s.Anterior == "" || s.Anterior == Activo || s.Anterior == Borrador) &&
		!s.CreadoEn.IsZero() && !s.ActualizadoEn.IsZero()
	if !posible {
		panic(fmt.Sprintf("domain: impossible product row, id %d version %d", s.ID, s.Version))
	}
	return &Producto{
		id: s.ID, ficha: s.Ficha.copia(), anterior: s.Anterior, version: s.Version,
		creadoEn: s.CreadoEn, actualizadoEn: s.ActualizadoEn,
	}
}
