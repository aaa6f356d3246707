package domain

// Asiento is one row of the ledger: a change of one product's stock, its cause, and the balances after it.
type Asiento struct {
	ID             int64 // grows with time within a product
	ProductoID     int64
	Tipo           Tipo
	DeltaFisico    int64
	DeltaReservado int64
	Fisico         int64 // after it
	Reservado      int64 // after it
	Causa          Causa
	Motivo         string
	Referencia     string
	ReservaID      ReservaID // "" for a change by hand
}

// Cantidad is how many units the row moves, never negative.
func (a Asiento) Cantidad() int64 {
	n := a.DeltaFisico
	if n == 0 {
		n = a.DeltaReservado
	}
	return max(n, -n)
}

// Verificacion is what replaying the ledger found.
type Verificacion struct {
	Productos     int64
	Movimientos   int64
	Discrepancias []Discrepancia // none when all is well; the first MaxDiscrepancias
}

// MaxDiscrepancias is how many are told at once: one is already too many.
const MaxDiscrepancias = 1000

// Que is what does not agree.
type Que string

// The kinds of discrepancies.
const (
	QueFisico           Que = "FISICO"            // the balance is not the sum of its movements
	QueReservado        Que = "RESERVADO"         // likewise
	QueSaldoFisico      Que = "SALDO_FISICO"      // a row's running balance does not follow from the row before it
	QueSaldoReservado   Que = "SALDO_RESERVADO"   // likewise
	QueReservasActivas  Que = "RESERVAS_ACTIVAS"  // what is reserved is not what active reservations hold
	QueSinExistencias   Que = "SIN_EXISTENCIAS"   // a product has movements and no stock
	QueReservaTomada    Que = "RESERVA_TOMADA"    // a reservation's line was not taken as it says
	QueReservaTerminada Que = "RESERVA_TERMINADA" // it was not given back, or taken away, as its state says
	QueReservaSinLinea  Que = "RESERVA_SIN_LINEA" // a movement of a reservation that has no such line
)

// Discrepancia is something that does not agree.
type Discrepancia struct {
	Que          Que
	ProductoID   int64
	MovimientoID int64     // 0 where it is not about one
	ReservaID    ReservaID // "" where it is not about one
	Esperado     int64
	Encontrado   int64
}
