package domain

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// Verificacion is the result of replaying the ledger.
type Verificacion struct {
	Productos     int64
	Movimientos   int64          // of the whole ledger, with those that earlier verifications read
	Pendientes    bool           // the ledger has more rows than one verification reads, so Discrepancias may miss some
	Discrepancias []Discrepancia // none when ledger and stock agree; the first MaxDiscrepancias, in order
}

// Ordenar sorts the discrepancies, removes repeated ones, and keeps the first MaxDiscrepancias.
func (v *Verificacion) Ordenar() {
	slices.SortFunc(v.Discrepancias, func(a, b Discrepancia) int {
		return cmp.Or(cmp.Compare(a.Que, b.Que), cmp.Compare(a.ProductoID, b.ProductoID), cmp.Compare(a.MovimientoID, b.MovimientoID),
			cmp.Compare(a.ReservaID, b.ReservaID), cmp.Compare(a.Esperado, b.Esperado), cmp.Compare(a.Encontrado, b.Encontrado))
	})
	v.Discrepancias = slices.Compact(v.Discrepancias)
	v.Discrepancias = slices.Clip(v.Discrepancias[:min(len(v.Discrepancias), MaxDiscrepancias)])
}

// Punto is a checkpoint: a product's ledger was verified up to a row, and the next verification starts after it.
type Punto struct {
	ProductoID   int64
	MovimientoID int64 // the last verified row; 0 = none
	Movimientos  int64 // how many rows of the product are verified
	Fisico       int64 // their sums
	Reservado    int64
}

// Sello is a hash of the checkpoint: a changed checkpoint has another one.
func (p Punto) Sello() string {
	suma := sha256.Sum256(fmt.Appendf(nil, "%d|%d|%d|%d|%d", p.ProductoID, p.MovimientoID, p.Movimientos, p.Fisico, p.Reservado))
	return hex.EncodeToString(suma[:])
}

// Renglon has the columns of a ledger row that a verification reads.
type Renglon struct{ ID, DeltaFisico, DeltaReservado, Fisico, Reservado int64 }

// Seguir verifies the next row of the product and moves the checkpoint past it.
func (p *Punto) Seguir(r Renglon, antes Renglon) (mal []Discrepancia) {
	if esperado := antes.Fisico + r.DeltaFisico; r.Fisico != esperado {
		mal = append(mal, Discrepancia{Que: DiscrepanciaSaldoFisico, ProductoID: p.ProductoID, MovimientoID: r.ID, Esperado: esperado,
			Encontrado: r.Fisico})
	}
	if esperado := antes.Reservado + r.DeltaReservado; r.Reservado != esperado {
		mal = append(mal, Discrepancia{Que: DiscrepanciaSaldoReservado, ProductoID: p.ProductoID, MovimientoID: r.ID,
			Esperado: esperado, Encontrado: r.Reservado})
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
		mal = append(mal, Discrepancia{Que: DiscrepanciaReservado, ProductoID: p.ProductoID, Esperado: p.Reservado,
			Encontrado: reservado})
	}
	return mal
}

// DesdeCero is a requested verification of the whole ledger. It takes long: its result is read later.
type DesdeCero struct {
	ID            int64
	Hecha         bool // false = in progress
	PedidaEn      time.Time
	ActualizadaEn time.Time
	Verificacion  // so far
}

// MaxDiscrepancias is how many discrepancies a result has at most.
const MaxDiscrepancias = 1000

// TipoDiscrepancia names what does not agree.
type TipoDiscrepancia string

// The kinds of discrepancies.
const (
	DiscrepanciaFisico           TipoDiscrepancia = "FISICO"            // the balance is not the sum of its movements
	DiscrepanciaReservado        TipoDiscrepancia = "RESERVADO"         // the same for reservado
	DiscrepanciaSaldoFisico      TipoDiscrepancia = "SALDO_FISICO"      // a balance does not follow from the previous row
	DiscrepanciaSaldoReservado   TipoDiscrepancia = "SALDO_RESERVADO"   // the same for reservado
	DiscrepanciaReservasActivas  TipoDiscrepancia = "RESERVAS_ACTIVAS"  // reservado is not the sum of the active reservations
	DiscrepanciaSinExistencias   TipoDiscrepancia = "SIN_EXISTENCIAS"   // a product has movements and no stock
	DiscrepanciaReservaTomada    TipoDiscrepancia = "RESERVA_TOMADA"    // the ledger took other units than the line has
	DiscrepanciaReservaTerminada TipoDiscrepancia = "RESERVA_TERMINADA" // the ledger ended it with other units
	DiscrepanciaDevolucion       TipoDiscrepancia = "DEVOLUCION"        // a movement of a return that has no such line
	DiscrepanciaPuntoDeControl   TipoDiscrepancia = "PUNTO_DE_CONTROL"  // a checkpoint was changed, or the ledger under it
	DiscrepanciaReservaSinLinea  TipoDiscrepancia = "RESERVA_SIN_LINEA" // a movement of a reservation that has no such line
)

// Discrepancia is one difference between the ledger and the stock.
type Discrepancia struct {
	Que          TipoDiscrepancia
	ProductoID   int64
	MovimientoID int64     // 0 = not about a movement
	ReservaID    ReservaID // "" = not about a reservation
	Esperado     int64
	Encontrado   int64
}
