package domain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// ReservaID is a UUID (RFC 9562) in lower case, drawn by the caller and never used again. It makes every call about a
// reservation safe to repeat.
type ReservaID string

var formatoUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// ParseReservaID reads a UUID in its canonical text, in either case. fault.ErrInvalid otherwise.
func ParseReservaID(texto string) (ReservaID, error) {
	id, err := parseUUID(texto)
	return ReservaID(id), err
}

func parseUUID(texto string) (string, error) {
	id := strings.ToLower(texto)
	if !formatoUUID.MatchString(id) {
		var mal fault.Fields
		mal.Add("id", "FORMATO", "Debe ser un UUID, como 0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10.")
		return "", mal.Err()
	}
	return id, nil
}

// Reserva holds units of some products for an order until it is consumed or released, all of it at once.
type Reserva struct {
	id            ReservaID
	estado        Estado
	lineas        []Linea // one a product, by product ascending; none when the id was closed before it was ever used
	referencia    string
	creadoEn      time.Time
	actualizadoEn time.Time
}

// NuevaReserva asks for units: repeated products are summed. Whether there is stock is known only when it is stored.
// fault.ErrInvalid names every wrong field.
func NuevaReserva(id ReservaID, lineas []Linea, referencia string, ahora time.Time) (*Reserva, error) {
	var mal fault.Fields
	sumadas := sumarLineas(&mal, lineas)
	referencia = revisarTexto(&mal, "referencia", referencia, MaxReferencia)
	if err := mal.Err(); err != nil {
		return nil, err
	}
	return &Reserva{
		id: id, estado: Activa, lineas: sumadas, referencia: referencia, creadoEn: ahora, actualizadoEn: ahora,
	}, nil
}

// ReservaCerrada closes an id that was never seen, so that a delayed request cannot reserve under it any more.
func ReservaCerrada(id ReservaID, ahora time.Time) *Reserva {
	return &Reserva{id: id, estado: Liberada, creadoEn: ahora, actualizadoEn: ahora}
}

// Tomar is what storing a new reservation does to stock.
func (r *Reserva) Tomar() []Cambio { return r.cambios(TipoReserva) }

// Repetir says whether asking for otra again, under the id of r, finds what it asks for: domain.ErrReservaTerminada once r
// has ended, domain.ErrReservaDistinta when the lines are others. The reference is not compared: the first one stays.
func (r *Reserva) Repetir(otra *Reserva) error {
	if pasos[r.estado][Activa] == rechazo {
		return r.terminada()
	}
	if !slices.Equal(r.lineas, otra.lineas) {
		return ErrReservaDistinta.New("Este identificador ya reserva otras líneas. Use uno nuevo para otra reserva.")
	}
	return nil
}

// Liberar gives the units back and returns what that does to stock: nothing when they were given back before.
// domain.ErrReservaTerminada once they are consumed.
func (r *Reserva) Liberar(ahora time.Time) ([]Cambio, error) {
	return r.terminar(Liberada, TipoLiberacion, ahora)
}

// Consumir takes the units off the shelf and returns what that does to stock: nothing when they were taken before.
// domain.ErrReservaTerminada once they are given back.
func (r *Reserva) Consumir(ahora time.Time) ([]Cambio, error) {
	return r.terminar(Consumida, TipoConsumo, ahora)
}

func (r *Reserva) terminar(en Estado, por Tipo, ahora time.Time) ([]Cambio, error) {
	switch pasos[r.estado][en] {
	case repeticion:
		return nil, nil
	case cambio:
		r.estado = en
		r.actualizadoEn = ahora
		return r.cambios(por), nil
	}
	return nil, r.terminada()
}

func (r *Reserva) terminada() error {
	return ErrReservaTerminada.New("La reserva está %s y ya no puede cambiar.", r.estado).With("estado", string(r.estado))
}

func (r *Reserva) cambios(t Tipo) []Cambio {
	cambios := make([]Cambio, len(r.lineas))
	for i, l := range r.lineas {
		cambios[i] = NuevoCambio(t, l.ProductoID, l.Cantidad)
	}
	return cambios
}

// ID is the caller's UUID.
func (r *Reserva) ID() ReservaID { return r.id }

// Estado says where the reservation is in its life.
func (r *Reserva) Estado() Estado { return r.estado }

// Lineas is a copy of what is held: one line a product, by product ascending.
func (r *Reserva) Lineas() []Linea { return slices.Clone(r.lineas) }

// Referencia is the caller's own name for it, an order's number for example; may be empty.
func (r *Reserva) Referencia() string { return r.referencia }

// CreadoEn is when the id was first seen.
func (r *Reserva) CreadoEn() time.Time { return r.creadoEn }

// ActualizadoEn is when the state last changed.
func (r *Reserva) ActualizadoEn() time.Time { return r.actualizadoEn }

// ReservaSnapshot is a reservation as storage keeps it.
type ReservaSnapshot struct {
	ID            ReservaID
	Estado        Estado
	Lineas        []Linea
	Referencia    string
	CreadoEn      time.Time
	ActualizadoEn time.Time
}

// RehidratarReserva is the way back from storage. It panics on a row that this service can never have written.
func RehidratarReserva(s ReservaSnapshot) *Reserva {
	posible := formatoUUID.MatchString(string(s.ID)) && s.Estado.Valido() && (len(s.Lineas) > 0 || s.Estado == Liberada) &&
		!s.CreadoEn.IsZero() && !s.ActualizadoEn.IsZero()
	for i, l := range s.Lineas {
		posible = posible && l.Cantidad > 0 && (i == 0 || s.Lineas[i-1].ProductoID < l.ProductoID)
	}
	if !posible {
		panic(fmt.Sprintf("domain: impossible reservation row %s, %s with %d lines", s.ID, s.Estado, len(s.Lineas)))
	}
	return &Reserva{
		id: s.ID, estado: s.Estado, lineas: slices.Clone(s.Lineas), referencia: s.Referencia,
		creadoEn: s.CreadoEn, actualizadoEn: s.ActualizadoEn,
	}
}
