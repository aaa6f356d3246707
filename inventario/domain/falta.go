package domain

// Falta is a line of a reservation with more units than are available. Clients see it as it is.
type Falta struct {
	ProductoID int64
	Solicitado int64
	Disponible int64 // 0 for a product without stock
}

// FaltaStock refuses a whole reservation because of these lines.
func FaltaStock(faltas []Falta) error {
	lineas := make([]map[string]int64, len(faltas))
	for i, f := range faltas {
		lineas[i] = map[string]int64{"producto_id": f.ProductoID, "solicitado": f.Solicitado, "disponible": f.Disponible}
	}
	detalle := "No hay unidades suficientes de un producto; no se ha reservado nada."
	if len(faltas) > 1 {
		detalle = "No hay unidades suficientes de algunos productos; no se ha reservado nada."
	}
	return ErrStockInsuficiente.New(detalle).With("lineas", lineas)
}
