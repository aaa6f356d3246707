package domain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// ReservaID is a UUID (RFC 9562) in lower case, which the caller draws at random and uses for one reservation. So every call
// about it is safe to repeat.
type ReservaID string

var formatoUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// ParseReservaID reads a UUID in its canonical text, in either case. fault.ErrInvalid otherwise.
func ParseReservaID(texto string) (ReservaID, error) { return parseUUID[ReservaID](texto) }

func parseUUID[ID ~string](texto string) (ID, error) {
	id := strings.ToLower(texto)
	if !formatoUUID.MatchString(id) {
		var mal fault.Fields
		mal.Add("id", "FORMATO", "Debe ser un UUID, como 0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10.")
		return "", mal.Err()
	}
	return ID(id), nil
}

// Reserva holds units of some products for an order until it is consumed or released, all of it at once.
type Reserva struct{ registro RegistroReserva }

// RegistroReserva is the record of a reservation, as storage keeps it.
type RegistroReserva struct {
	ID            ReservaID
	Estado        Estado
	Lineas        []Linea   // one a product, by product ascending; none when the id was closed before it was used
	Referencia    string    // the caller's name for it, such as the number of an order; may be empty
	CreadoEn      time.Time // when the id was first seen
	ActualizadoEn time.Time // when the state last changed
}

// NewReserva makes a reservation and sums repeated products. Storing it decides whether there are enough units. fault.ErrInvalid
// names every wrong field.
func NewReserva(id ReservaID, lineas []Linea, referencia string, ahora time.Time) (*Reserva, error) {
	var mal fault.Fields
	sumadas := sumarLineas(&mal, lineas)
	referencia = revisarTexto(&mal, "referencia", referencia, MaxReferencia)
	if err := mal.Err(); err != nil {
		return nil, err
	}
	return &Reserva{RegistroReserva{
		ID: id, Estado: Activa, Lineas: sumadas, Referencia: referencia, CreadoEn: ahora, ActualizadoEn: ahora,
	}}, nil
}

// ReservaCerrada closes an unused id, so that a delayed request cannot reserve under it.
func ReservaCerrada(id ReservaID, ahora time.Time) *Reserva {
	return &Reserva{RegistroReserva{ID: id, Estado: Liberada, CreadoEn: ahora, ActualizadoEn: ahora}}
}

// Tomar returns what a new reservation does to the stock.
func (r *Reserva) Tomar() []Cambio { return cambiosDe(TipoReserva, r.registro.Lineas) }

// Repetir accepts otra as a retry of r, which has the same id: domain.ErrReservaTerminada when r has ended,
// domain.ErrReservaDistinta when otra has other lines. The references may differ: r keeps the first one.
func (r *Reserva) Repetir(otra *Reserva) error {
	if pasos[r.registro.Estado][Activa] == rechazo {
		return r.terminada()
	}
	if !slices.Equal(r.registro.Lineas, otra.registro.Lineas) {
		return ErrReservaDistinta.New("Este identificador ya reserva otras líneas. Use uno nuevo para otra reserva.")
	}
	return nil
}

// Liberar releases the units and returns what that does to the stock: nothing when they were released before.
// domain.ErrReservaTerminada when they were consumed.
func (r *Reserva) Liberar(ahora time.Time) ([]Cambio, error) {
	return r.terminar(Liberada, TipoLiberacion, ahora)
}

// Consumir takes the units off the shelf and returns what that does to the stock: nothing when they were taken before.
// domain.ErrReservaTerminada when they were released.
func (r *Reserva) Consumir(ahora time.Time) ([]Cambio, error) {
	return r.terminar(Consumida, TipoConsumo, ahora)
}

func (r *Reserva) terminar(en Estado, por Tipo, ahora time.Time) ([]Cambio, error) {
	switch pasos[r.registro.Estado][en] {
	case repeticion:
		return nil, nil
	case cambio:
		r.registro.Estado = en
		r.registro.ActualizadoEn = ahora
		return cambiosDe(por, r.registro.Lineas), nil
	}
	return nil, r.terminada()
}

func (r *Reserva) terminada() error {
	return ErrReservaTerminada.New("La reserva está %s y ya no puede cambiar.", r.registro.Estado).
		With("estado", string(r.registro.Estado))
}

// The parts of a reservation.
func (r *Reserva) ID() ReservaID            { return r.registro.ID }
func (r *Reserva) Estado() Estado           { return r.registro.Estado }
func (r *Reserva) Lineas() []Linea          { return slices.Clone(r.registro.Lineas) }
func (r *Reserva) Referencia() string       { return r.registro.Referencia }
func (r *Reserva) CreadoEn() time.Time      { return r.registro.CreadoEn }
func (r *Reserva) ActualizadoEn() time.Time { return r.registro.ActualizadoEn }

// RehidratarReserva makes a reservation from storage. A row that this service cannot have written is an error.
func RehidratarReserva(r RegistroReserva) (*Reserva, error) {
	if !formatoUUID.MatchString(string(r.ID)) || !r.Estado.Valido() || len(r.Lineas) == 0 && r.Estado != Liberada ||
		!ordenadas(r.Lineas) || r.CreadoEn.IsZero() || r.ActualizadoEn.IsZero() {
		return nil, fmt.Errorf("%w: reservation %s, %s with %d lines", errImposible, r.ID, r.Estado, len(r.Lineas))
	}
	r.CreadoEn, r.ActualizadoEn = r.CreadoEn.UTC(), r.ActualizadoEn.UTC()
	return &Reserva{r}, nil
}
