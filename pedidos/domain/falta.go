package domain

// Falta is a line with more units than are available.
type Falta struct{ ProductoID, Solicitado, Disponible int64 }

// SinStock is the refusal of a reservation: inventario holds no unit, because of these lines. It is an ErrStockInsuficiente.
type SinStock struct {
	Faltas []Falta
	// Repetida: the request was sent more than once, and an earlier one may still arrive when there are units again.
	Repetida bool
}

func (s *SinStock) Error() string { return ErrStockInsuficiente.Reason() }

// Unwrap is the refusal for clients, with `lineas`.
func (s *SinStock) Unwrap() error {
	lineas := make([]map[string]int64, len(s.Faltas))
	for i, f := range s.Faltas {
		lineas[i] = map[string]int64{"producto_id": f.ProductoID, "solicitado": f.Solicitado, "disponible": f.Disponible}
	}
	return ErrStockInsuficiente.New("No hay existencias suficientes de los productos de este pedido. Pida como mucho lo que dice "+
		"disponible.").With("lineas", lineas)
}
