package domain

import (
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Tipo names the cause of a change of stock, as the ledger has it.
type Tipo string

// The causes. People cause the first four and the counts, reservations the last three.
const (
	Entrada Tipo = "ENTRADA" // goods arrive
	Salida  Tipo = "SALIDA"  // goods leave, but not for an order
	Merma   Tipo = "MERMA"   // goods are broken, expired or lost

	TipoDevolucion Tipo = "DEVOLUCION" // goods come back from a customer: by hand, or in a Devolucion

	TipoRecuento Tipo = "RECUENTO" // goods were counted

	TipoReserva    Tipo = "RESERVA"    // an order holds goods
	TipoLiberacion Tipo = "LIBERACION" // an order releases them
	TipoConsumo    Tipo = "CONSUMO"    // an order takes them
)

// signos is what one unit of each cause adds to a product's fisico and reservado.
var signos = map[Tipo]struct {
	fisico, reservado int64
	manual            bool
}{
	Entrada:        {fisico: +1, manual: true},
	Salida:         {fisico: -1, manual: true},
	Merma:          {fisico: -1, manual: true},
	TipoDevolucion: {fisico: +1, manual: true},
	TipoReserva:    {reservado: +1},
	TipoLiberacion: {reservado: -1},
	TipoConsumo:    {fisico: -1, reservado: -1},
}

// Manual reports whether people may cause such a movement.
func (t Tipo) Manual() bool { return signos[t].manual }

// Cambio is what one cause does to one product's stock.
type Cambio struct {
	Tipo       Tipo
	ProductoID int64
	Fisico     int64   // units added to fisico
	Reservado  int64   // units added to reservado
	SoloSi     *int64  // only when the product has this fisico; nil = any
	SiVersion  []int64 // only in one of these versions; none = in any version
}

// NewCambio is the effect of n units of a cause. It panics on an unknown cause, which only a programmer can write.
func NewCambio(t Tipo, productoID, n int64) Cambio {
	s, ok := signos[t]
	if !ok {
		panic("domain: unknown cause of a change of stock: " + string(t))
	}
	return Cambio{Tipo: t, ProductoID: productoID, Fisico: s.fisico * n, Reservado: s.reservado * n}
}

// Causa says who changes stock, in which request, and when. The ledger keeps it with every change.
type Causa struct {
	Actor    string // the caller: "7" for a user, "servicio:pedidos" for a service
	Peticion string // request id
	Cuando   time.Time
}

// Movimiento is a change of one product's stock that a person asks for.
type Movimiento struct {
	cambio     Cambio
	motivo     string // the reason that the person wrote; may be empty
	referencia string // the number of a delivery note or the like; may be empty
}

// NewMovimiento makes a movement; motivo and referencia may be empty. fault.ErrInvalid names every wrong field.
func NewMovimiento(productoID int64, t Tipo, cantidad int64, motivo, referencia string) (Movimiento, error) {
	var mal fault.Fields
	revisarProducto(&mal, "producto_id", productoID)
	revisarRango(&mal, "cantidad", cantidad, 1, MaxCantidad)
	if !t.Manual() {
		mal.Add("tipo_movimiento", "VALOR", "Use ENTRADA, SALIDA, MERMA o DEVOLUCION.")
	}
	motivo = revisarTexto(&mal, "motivo", motivo, MaxMotivo)
	referencia = revisarTexto(&mal, "referencia", referencia, MaxReferencia)
	if err := mal.Err(); err != nil {
		return Movimiento{}, err
	}
	return Movimiento{cambio: NewCambio(t, productoID, cantidad), motivo: motivo, referencia: referencia}, nil
}

// NewRecuento is the movement that sets what is on the shelf to what a person counted, if no unit was moved during the count:
// esperado is the fisico that the system showed when the count began. fault.ErrInvalid names every wrong field.
func NewRecuento(productoID, contado, esperado int64) (Movimiento, error) {
	var mal fault.Fields
	revisarProducto(&mal, "producto_id", productoID)
	revisarRango(&mal, "contado", contado, 0, MaxFisico)
	revisarRango(&mal, "esperado", esperado, 0, MaxFisico)
	return Movimiento{cambio: Cambio{Tipo: TipoRecuento, ProductoID: productoID, Fisico: contado - esperado, SoloSi: &esperado}},
		mal.Err()
}

// EnVersion is the same movement, only for stock in one of these versions; without versions, in any.
func (m Movimiento) EnVersion(versiones ...int64) Movimiento {
	m.cambio.SiVersion = versiones
	return m
}

// The parts of a movement.
func (m Movimiento) Cambio() Cambio     { return m.cambio }
func (m Movimiento) Motivo() string     { return m.motivo }
func (m Movimiento) Referencia() string { return m.referencia }
