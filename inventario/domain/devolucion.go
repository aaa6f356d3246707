package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// DevolucionID is a UUID (RFC 9562) in lower case, drawn by the caller and never used again. It makes a return safe to repeat for
// ever.
type DevolucionID string

// ParseDevolucionID reads a UUID in its canonical text, in either case. fault.ErrInvalid otherwise.
func ParseDevolucionID(texto string) (DevolucionID, error) {
	id, err := parseUUID(texto)
	return DevolucionID(id), err
}

// Devolucion is goods that came back from a customer, put on the shelf again all at once. It never changes.
type Devolucion struct {
	id         DevolucionID
	lineas     []Linea // one a product, by product ascending
	referencia string
	creadoEn   time.Time
}

// NuevaDevolucion puts units back: repeated products are summed. fault.ErrInvalid names every wrong field.
func NuevaDevolucion(id DevolucionID, lineas []Linea, referencia string, ahora time.Time) (*Devolucion, error) {
	var mal fault.Fields
	sumadas := sumarLineas(&mal, lineas)
	antes := len(mal)
	referencia = revisarTexto(&mal, "referencia", referencia, MaxReferencia)
	if referencia == "" && len(mal) == antes {
		mal.Add("referencia", "OBLIGATORIO", "Escriba de qué es la devolución, por ejemplo el número del pedido.")
	}
	if err := mal.Err(); err != nil {
		return nil, err
	}
	return &Devolucion{id: id, lineas: sumadas, referencia: referencia, creadoEn: ahora}, nil
}

// Repetir says whether asking for otra again, under the id of d, finds what it asks for: domain.ErrDevolucionDistinta when the
// lines are others. The reference is not compared: the first one stays.
func (d *Devolucion) Repetir(otra *Devolucion) error {
	if !slices.Equal(d.lineas, otra.lineas) {
		return ErrDevolucionDistinta.New("Este identificador ya devolvió otras líneas. Use uno nuevo para otra devolución.")
	}
	return nil
}

// Cambios is what storing a new return does to stock.
func (d *Devolucion) Cambios() []Cambio {
	cambios := make([]Cambio, len(d.lineas))
	for i, l := range d.lineas {
		cambios[i] = NuevoCambio(TipoDevolucion, l.ProductoID, l.Cantidad)
	}
	return cambios
}

// ID is the caller's UUID.
func (d *Devolucion) ID() DevolucionID { return d.id }

// Lineas is a copy of what came back: one line a product, by product ascending.
func (d *Devolucion) Lineas() []Linea { return slices.Clone(d.lineas) }

// Referencia is the caller's own name for it, an order's number for example.
func (d *Devolucion) Referencia() string { return d.referencia }

// CreadoEn is when the goods came back.
func (d *Devolucion) CreadoEn() time.Time { return d.creadoEn }

// DevolucionSnapshot is a return as storage keeps it.
type DevolucionSnapshot struct {
	ID         DevolucionID
	Lineas     []Linea
	Referencia string
	CreadoEn   time.Time
}

// RehidratarDevolucion is the way back from storage. It panics on a row that this service can never have written.
func RehidratarDevolucion(s DevolucionSnapshot) *Devolucion {
	posible := formatoUUID.MatchString(string(s.ID)) && len(s.Lineas) > 0 && s.Referencia != "" && !s.CreadoEn.IsZero()
	for i, l := range s.Lineas {
		posible = posible && l.Cantidad > 0 && (i == 0 || s.Lineas[i-1].ProductoID < l.ProductoID)
	}
	if !posible {
		panic(fmt.Sprintf("domain: impossible return row %s with %d lines", s.ID, len(s.Lineas)))
	}
	return &Devolucion{id: s.ID, lineas: slices.Clone(s.Lineas), referencia: s.Referencia, creadoEn: s.CreadoEn}
}
