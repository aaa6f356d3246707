// Package domain holds the rules of the catalogue: what a product is, which data it may have and how it changes.
//
// The package has no database and no HTTP. That names and SKUs are unique is a rule over all products: the repository enforces
// it (see ports.Repositorio) and returns the problems declared in errores.go.
package domain

import (
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Producto is something that the shop sells, sold, or will sell. It is never deleted: orders refer to it.
type Producto struct{ registro RegistroProducto }

// RegistroProducto is the record of a product, as storage keeps it.
type RegistroProducto struct {
	ID            int64 // 0 until it is stored
	Ficha         Ficha
	Anterior      Estado // the state before archiving; "" when not archived, or unknown
	Version       int64  // 1 for a new product, one more with every change
	CreadoEn      time.Time
	ActualizadoEn time.Time
}

// NewProducto is a product that does not exist yet; its id comes from the repository. Without a currency it costs EUR,
// without a state it is Activo. fault.ErrInvalid names every wrong field.
func NewProducto(ficha Ficha, ahora time.Time) (*Producto, error) {
	revisada, err := ficha.conDefectos().revisada(Ficha{})
	if err != nil {
		return nil, err
	}
	return &Producto{RegistroProducto{Ficha: revisada, Version: 1, CreadoEn: ahora, ActualizadoEn: ahora}}, nil
}

// Editar replaces the data of the product. An equal ficha changes nothing, not even the version. fault.ErrInvalid names every
// wrong field.
func (p *Producto) Editar(ficha Ficha, ahora time.Time) error {
	revisada, err := ficha.revisada(p.registro.Ficha)
	if err != nil {
		return err
	}
	if revisada.igual(p.registro.Ficha) {
		return nil
	}
	p.recordar(revisada.Estado)
	p.registro.Ficha = revisada
	p.registro.Version++
	p.registro.ActualizadoEn = ahora
	return nil
}

// Archivar withdraws the product from the catalogue. Archiving it again changes nothing.
func (p *Producto) Archivar(ahora time.Time) { p.pasarA(Archivado, ahora) }

// Restaurar undoes archiving: the product gets its earlier state. When that is unknown (older rows do not have it, and a product
// may be created archived), it becomes Activo, unless its price is 0. A product that is not archived stays as it is.
func (p *Producto) Restaurar(ahora time.Time) {
	switch {
	case p.registro.Ficha.Estado != Archivado:
	case p.registro.Anterior != "":
		p.pasarA(p.registro.Anterior, ahora)
	case p.registro.Ficha.Precio == 0: // a product without a price is more likely a draft
		p.pasarA(Borrador, ahora)
	default:
		p.pasarA(Activo, ahora)
	}
}

func (p *Producto) pasarA(estado Estado, ahora time.Time) {
	if p.registro.Ficha.Estado == estado {
		return
	}
	p.recordar(estado)
	p.registro.Ficha.Estado = estado
	p.registro.Version++
	p.registro.ActualizadoEn = ahora
}

// recordar keeps the current state for Restaurar, before the product gets the state nuevo.
func (p *Producto) recordar(nuevo Estado) {
	switch {
	case nuevo != Archivado:
		p.registro.Anterior = ""
	case p.registro.Ficha.Estado != Archivado:
		p.registro.Anterior = p.registro.Ficha.Estado
	}
}

// Publico reports whether every caller may see the product: it is not a draft, and was not archived as a draft.
func (p *Producto) Publico() bool {
	return p.registro.Ficha.Estado != Borrador && p.registro.Anterior != Borrador
}

// ExigirVersion refuses with fault.ErrPrecondition when the current version is not one of these; without versions it accepts any.
func (p *Producto) ExigirVersion(versiones ...int64) error {
	return fault.CheckVersion("El producto", p.registro.Version, versiones)
}

// The parts of a product.
func (p *Producto) ID() int64                { return p.registro.ID }
func (p *Producto) Ficha() Ficha             { return p.registro.Ficha.copia() }
func (p *Producto) Anterior() Estado         { return p.registro.Anterior }
func (p *Producto) Version() int64           { return p.registro.Version }
func (p *Producto) CreadoEn() time.Time      { return p.registro.CreadoEn }
func (p *Producto) ActualizadoEn() time.Time { return p.registro.ActualizadoEn }

// RehidratarProducto makes a product from storage. A row that this service cannot have written is an error. It does not check old
// texts by today's rules.
func RehidratarProducto(r RegistroProducto) (*Producto, error) {
	f := r.Ficha
	if r.ID < 1 || r.Version < 1 || f.Nombre == "" || !f.Precio.Valid() || !f.Estado.Valido() || r.CreadoEn.IsZero() ||
		r.ActualizadoEn.IsZero() || r.Anterior != "" && r.Anterior != Activo && r.Anterior != Borrador {
		return nil, fmt.Errorf("%w: product %d, version %d", errImposible, r.ID, r.Version)
	}
	r.Ficha = f.copia()
	return &Producto{r}, nil
}
