package domain

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// Verificacion is what replaying the ledger found.
type Verificacion struct {
	Productos     int64
	Movimientos   int64          // of the whole ledger, also those that were verified before
	Pendientes    bool           // the ledger has more rows than one verification reads: what was found is not all
	Discrepancias []Discrepancia // none when all is well; the first MaxDiscrepancias, in order
}

// Ordenar puts what was found in order, each once, and no more than MaxDiscrepancias.
func (v *Verificacion) Ordenar() {
	slices.SortFunc(v.Discrepancias, func(a, b Discrepancia) int {
		return cmp.Or(cmp.Compare(a.Que, b.Que), cmp.Compare(a.ProductoID, b.ProductoID), cmp.Compare(a.MovimientoID, b.MovimientoID),
			cmp.Compare(a.ReservaID, b.ReservaID), cmp.Compare(a.Esperado, b.Esperado), cmp.Compare(a.Encontrado, b.Encontrado))
	})
	v.Discrepancias = slices.Compact(v.Discrepancias)
	v.Discrepancias = slices.Clip(v.Discrepancias[:min(len(v.Discrepancias), MaxDiscrepancias)])
}

// Punto is a checkpoint: a product's ledger was verified up to a row. A later verification goes on from there.
type Punto struct {
	ProductoID   int64
	MovimientoID int64 // 0: nothing was verified yet
	Movimientos  int64 // the product's rows up to it
	Fisico       int64 // their sums
	Reservado    int64
}

// Sello tells whether the checkpoint is as it was written.
func (p Punto) Sello() string {
	suma := sha256.Sum256(fmt.Appendf(nil, "%d|%d|%d|%d|%d", p.ProductoID, p.MovimientoID, p.Movimientos, p.Fisico, p.Reservado))
	return hex.EncodeToString(suma[:])
}

// Renglon is what a verification looks at in a row of the ledger.
type Renglon struct{ ID, DeltaFisico, DeltaReservado, Fisico, Reservado int64 }

// Seguir verifies the next row of the product and moves the checkpoint past it.
func (p *Punto) Seguir(r Renglon, antes Renglon) (mal []Discrepancia) {
	if esperado := antes.Fisico + r.DeltaFisico; r.Fisico != esperado {
		mal = append(mal, Discrepancia{Que: DiscrepanciaSaldoFisico, ProductoID: p.ProductoID, MovimientoID: r.ID, Esperado: esperado, Encontrado: r.Fisico})
	}
	if esperado := antes.Reservado + r.DeltaReservado; r.Reservado != esperado {
		mal = append(mal, Discrepancia{Que: DiscrepanciaSaldoReservado, ProductoID: p.ProductoID, MovimientoID: r.ID, Esperado: esperado, Encontrado: r.Reservado})
	}
	p.MovimientoID = r.ID
	p.Movimientos++
	p.Fisico += r.DeltaFisico
	p.Reservado += r.DeltaReservado
	return mal
}

// Cuadra compares the sums with what the product has.
func (p Punto) Cuadra(fisico, reservado int64) (mal []Discrepancia) {
	if p.Fisico != fisico {
		mal = append(mal, Discrepancia{Que: DiscrepanciaFisico, ProductoID: p.ProductoID, Esperado: p.Fisico, Encontrado: fisico})
	}
	if p.Reservado != reservado {
		mal = append(mal, Discrepancia{Que: DiscrepanciaReservado, ProductoID: p.ProductoID, Esperado: p.Reservado, Encontrado: reservado})
	}
	return mal
}

// DesdeCero is a verification of the whole ledger that was asked for: it takes long, and its result is read later.
type DesdeCero struct {
	ID            int64
	Hecha         bool // false: in progress
	PedidaEn      time.Time
	ActualizadaEn time.Time
	Verificacion  // so far
}

// MaxDiscrepancias is how many are told at once: one is already too many.
const MaxDiscrepancias = 1000

// TipoDiscrepancia is what does not agree.
type TipoDiscrepancia string

// The kinds of discrepancies.
const (
	DiscrepanciaFisico           TipoDiscrepancia = "FISICO"            // the balance is not the sum of its movements
	DiscrepanciaReservado        TipoDiscrepancia = "RESERVADO"         // likewise
	DiscrepanciaSaldoFisico      TipoDiscrepancia = "SALDO_FISICO"      // a row's running balance does not follow from the row before it
	DiscrepanciaSaldoReservado   TipoDiscrepancia = "SALDO_RESERVADO"   // likewise
	DiscrepanciaReservasActivas  TipoDiscrepancia = "RESERVAS_ACTIVAS"  // what is reserved is not what active reservations hold
	DiscrepanciaSinExistencias   TipoDiscrepancia = "SIN_EXISTENCIAS"   // a product has movements and no stock
	DiscrepanciaReservaTomada    TipoDiscrepancia = "RESERVA_TOMADA"    // a reservation's line was not taken as it says
	DiscrepanciaReservaTerminada TipoDiscrepancia = "RESERVA_TERMINADA" // it was not given back, or taken away, as its state says
	DiscrepanciaDevolucion       TipoDiscrepancia = "DEVOLUCION"        // a movement of a return that has no such line
	DiscrepanciaPuntoDeControl   TipoDiscrepancia = "PUNTO_DE_CONTROL"  // a checkpoint was changed, or the ledger under it
	DiscrepanciaReservaSinLinea  TipoDiscrepancia = "RESERVA_SIN_LINEA" // a movement of a reservation that has no such line
)

// Discrepancia is something that does not agree.
type Discrepancia struct {
	Que          TipoDiscrepancia
	ProductoID   int64
	MovimientoID int64     // 0 where it is not about one
	ReservaID    ReservaID // "" where it is not about one
	Esperado     int64
	Encontrado   int64
}
