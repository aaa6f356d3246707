package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// DevolucionID is a UUID (RFC 9562) in lower case, which the caller draws at random and uses for one return. So the call is safe
// to repeat at any later time.
type DevolucionID string

// ParseDevolucionID reads a UUID in its canonical text, in either case. fault.ErrInvalid otherwise.
func ParseDevolucionID(texto string) (DevolucionID, error) { return parseUUID[DevolucionID](texto) }

// Devolucion is goods that a customer gave back, put on the shelf again all at once. It never changes.
type Devolucion struct{ registro RegistroDevolucion }

// RegistroDevolucion is the record of a return, as storage keeps it.
type RegistroDevolucion struct {
	ID         DevolucionID
	Lineas     []Linea // one a product, by product ascending
	Referencia string  // the caller's name for it, such as the number of an order
	CreadoEn   time.Time
}

// NewDevolucion makes a return and sums repeated products. fault.ErrInvalid names every wrong field.
func NewDevolucion(id DevolucionID, lineas []Linea, referencia string, ahora time.Time) (*Devolucion, error) {
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
	return &Devolucion{RegistroDevolucion{ID: id, Lineas: sumadas, Referencia: referencia, CreadoEn: ahora}}, nil
}

// Repetir accepts otra as a retry of d, which has the same id: domain.ErrDevolucionDistinta when otra has other lines. The
// references may differ: d keeps the first one.
func (d *Devolucion) Repetir(otra *Devolucion) error {
	if !slices.Equal(d.registro.Lineas, otra.registro.Lineas) {
		return ErrDevolucionDistinta.New("Este identificador ya devolvió otras líneas. Use uno nuevo para otra devolución.")
	}
	return nil
}

// Cambios returns what a new return does to the stock.
func (d *Devolucion) Cambios() []Cambio { return cambiosDe(TipoDevolucion, d.registro.Lineas) }

// The parts of a return.
func (d *Devolucion) ID() DevolucionID    { return d.registro.ID }
func (d *Devolucion) Lineas() []Linea     { return slices.Clone(d.registro.Lineas) }
func (d *Devolucion) Referencia() string  { return d.registro.Referencia }
func (d *Devolucion) CreadoEn() time.Time { return d.registro.CreadoEn }

// RehidratarDevolucion makes a return from storage. A row that this service cannot have written is an error.
func RehidratarDevolucion(r RegistroDevolucion) (*Devolucion, error) {
	if !formatoUUID.MatchString(string(r.ID)) || len(r.Lineas) == 0 || !ordenadas(r.Lineas) || r.Referencia == "" ||
		r.CreadoEn.IsZero() {
		return nil, fmt.Errorf("%w: return %s with %d lines", errImposible, r.ID, len(r.Lineas))
	}
	r.CreadoEn = r.CreadoEn.UTC()
	return &Devolucion{r}, nil
}
