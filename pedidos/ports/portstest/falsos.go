package portstest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports"
)

// CatalogoFalso is a catalogue in memory.
type CatalogoFalso struct {
	mu        sync.Mutex
	articulos map[int64]domain.Articulo
	caido     bool
}

var _ ports.Catalogo = (*CatalogoFalso)(nil)

// NewCatalogoFalso builds a catalogue that has these products.
func NewCatalogoFalso(articulos ...domain.Articulo) *CatalogoFalso {
	c := &CatalogoFalso{articulos: map[int64]domain.Articulo{}}
	for _, a := range articulos {
		c.articulos[a.ID] = a
	}
	return c
}

// Articulos implements ports.Catalogo.
func (c *CatalogoFalso) Articulos(_ context.Context, ids []int64) (map[int64]domain.Articulo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.caido {
		return nil, fault.ErrUnavailable.New("El catálogo no responde.")
	}
	found := maps.Clone(c.articulos)
	maps.DeleteFunc(found, func(id int64, _ domain.Articulo) bool { return !slices.Contains(ids, id) })
	return found, nil
}

// Poner changes or adds a product.
func (c *CatalogoFalso) Poner(a domain.Articulo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.articulos[a.ID] = a
}

// Caer makes the catalogue answer fault.ErrUnavailable, or stops doing so.
func (c *CatalogoFalso) Caer(caido bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caido = caido
}

// Fallo is how a call to ReservasFalsas goes wrong.
type Fallo int

// The ways in which a call goes wrong.
const (
	NoLlega     Fallo = iota + 1 // the request is lost: nothing happens
	SeResponde                   // it takes effect, its answer is lost
	LlegaTardia                  // it fails, and takes effect later, when Entregar is called
	SeCuelga                     // nothing happens until its caller's time is over
)

// ReservasFalsas is inventario's reservations in memory, with the ways in which a network fails.
type ReservasFalsas struct {
	mu         sync.Mutex
	libres     map[int64]int64
	reservas   map[string]*reserva
	repuestas  map[string][]domain.LineaDevuelta
	nombres    map[string]int64 // of each reservation and return, the order
	fallos     []Fallo
	caido      bool
	pendientes []func()
	llamadas   int
}

type reserva struct {
	estado string // ACTIVA, LIBERADA, CONSUMIDA
	lineas []domain.Linea
}

var _ ports.Reservas = (*ReservasFalsas)(nil)

// NewReservasFalsas builds an inventario with these units for sale, by product.
func NewReservasFalsas(libres map[int64]int64) *ReservasFalsas {
	return &ReservasFalsas{
		libres: maps.Clone(libres), reservas: map[string]*reserva{}, repuestas: map[string][]domain.LineaDevuelta{},
		nombres: map[string]int64{},
	}
}

// Reservar implements ports.Reservas.
func (r *ReservasFalsas) Reservar(ctx context.Context, id string, pedidoID int64, lineas []domain.Linea) error {
	return r.llamar(ctx, func() error {
		r.nombres[id] = pedidoID
		return r.reservar(id, lineas)
	})
}

// Liberar implements ports.Reservas.
func (r *ReservasFalsas) Liberar(ctx context.Context, id string) error {
	return r.llamar(ctx, func() error { return r.terminar(id, "LIBERADA") })
}

// Consumir implements ports.Reservas.
func (r *ReservasFalsas) Consumir(ctx context.Context, id string) error {
	return r.llamar(ctx, func() error { return r.terminar(id, "CONSUMIDA") })
}

// Reponer implements ports.Reservas.
func (r *ReservasFalsas) Reponer(ctx context.Context, id string, pedidoID int64, lineas []domain.LineaDevuelta) error {
	return r.llamar(ctx, func() error {
		if known, ok := r.repuestas[id]; ok {
			if !slices.Equal(known, lineas) {
				return fault.ErrUnavailable.New("El inventario no responde.")
			}
			return nil
		}
		r.repuestas[id], r.nombres[id] = lineas, pedidoID
		for _, l := range lineas {
			r.libres[l.ProductoID] += l.Cantidad
		}
		return nil
	})
}

func (r *ReservasFalsas) llamar(ctx context.Context, effect func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.llamadas++
	unavailable := fault.ErrUnavailable.New("El inventario no responde.")
	if r.caido {
		return unavailable
	}
	if len(r.fallos) == 0 {
		return effect()
	}
	fallo := r.fallos[0]
	r.fallos = r.fallos[1:]
	switch fallo {
	case SeResponde:
		_ = effect() // its answer is what gets lost
	case LlegaTardia:
		r.pendientes = append(r.pendientes, func() { _ = effect() })
	case SeCuelga:
		r.mu.Unlock()
		<-ctx.Done()
		r.mu.Lock()
	}
	return unavailable
}

func (r *ReservasFalsas) reservar(id string, lineas []domain.Linea) error {
	if known, ok := r.reservas[id]; ok {
		if known.estado != "ACTIVA" {
			return domain.ErrReservaTerminada.New("La reserva ya terminó.")
		}
		return nil
	}
	var cortas []domain.Falta
	for _, l := range lineas {
		if r.libres[l.ProductoID] < l.Cantidad {
			cortas = append(cortas, domain.Falta{ProductoID: l.ProductoID, Solicitado: l.Cantidad, Disponible: r.libres[l.ProductoID]})
		}
	}
	if len(cortas) > 0 {
		return &domain.SinStock{Faltas: cortas}
	}
	for _, l := range lineas {
		r.libres[l.ProductoID] -= l.Cantidad
	}
	r.reservas[id] = &reserva{estado: "ACTIVA", lineas: lineas}
	return nil
}

func (r *ReservasFalsas) terminar(id, final string) error {
	known, ok := r.reservas[id]
	switch {
	case !ok && final == "CONSUMIDA":
		return domain.ErrReservaNoExiste.New("No existe.")
	case !ok:
		r.reservas[id] = &reserva{estado: final}
		return nil
	case known.estado == final:
		return nil
	case known.estado != "ACTIVA":
		return domain.ErrReservaTerminada.New("La reserva ya terminó.")
	}
	known.estado = final
	if final == "LIBERADA" {
		for _, l := range known.lineas {
			r.libres[l.ProductoID] += l.Cantidad
		}
	}
	return nil
}

// Fallar makes the next calls go wrong, one each.
func (r *ReservasFalsas) Fallar(fallos ...Fallo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fallos = append(r.fallos, fallos...)
}

// Calmar takes back what Fallar and Caer have asked for and no call has met yet.
func (r *ReservasFalsas) Calmar() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fallos, r.caido = nil, false
}

// Caer makes every call fail without effect, or stops doing so.
func (r *ReservasFalsas) Caer(caido bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.caido = caido
}

// Entregar lets the requests arrive that were late.
func (r *ReservasFalsas) Entregar() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, effect := range r.pendientes {
		effect()
	}
	r.pendientes = nil
}

// VerLibres is how many units of a product are for sale.
func (r *ReservasFalsas) VerLibres(productoID int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.libres[productoID]
}

// VerEstado is that of a reservation, "" when it was never seen.
func (r *ReservasFalsas) VerEstado(id string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.reservas[id]; ok {
		return known.estado
	}
	return ""
}

// VerPedido is the order under whose name a reservation or a return was asked for.
func (r *ReservasFalsas) VerPedido(id string) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.nombres[id]
}

// VerRepuestas counts the units of a product that came back.
func (r *ReservasFalsas) VerRepuestas(productoID int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var n int64
	for _, lineas := range r.repuestas {
		for _, l := range lineas {
			if l.ProductoID == productoID {
				n += l.Cantidad
			}
		}
	}
	return n
}

// VerActivas counts the reservations that hold units.
func (r *ReservasFalsas) VerActivas() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, known := range r.reservas {
		if known.estado == "ACTIVA" {
			n++
		}
	}
	return n
}

// VerLlamadas counts the calls that were made.
func (r *ReservasFalsas) VerLlamadas() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.llamadas
}
