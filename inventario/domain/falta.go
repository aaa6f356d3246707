package domain

// Falta is a line that cannot be reserved, and what there is instead. It is shown to clients as it is.
type Falta struct {
	ProductoID int64
	Solicitado int64
	Disponible int64 // 0 for a product without stock of its own
}

// FaltaStock refuses a whole reservation for its short lines.
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
