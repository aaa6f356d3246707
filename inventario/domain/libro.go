package domain

// Asiento is one row of the ledger: a change of one product's stock, its cause, and the balances after it.
type Asiento struct {
	ID             int64 // grows with time within a product
	ProductoID     int64
	Tipo           Tipo
	DeltaFisico    int64
	DeltaReservado int64
	Fisico         int64 // after the change
	Reservado      int64 // after the change
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
