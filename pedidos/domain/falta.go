package domain

// Falta is a line for which there is not enough stock.
type Falta struct{ ProductoID, Solicitado, Disponible int64 }

// SinStock is how a reservation is refused: nothing is held, and these lines are why. It is an ErrStockInsuficiente.
type SinStock struct {
	Faltas []Falta
	// Repetida: the question was asked more than once, and an earlier one may still arrive, when there are units again.
	Repetida bool
}

func (s *SinStock) Error() string { return ErrStockInsuficiente.Reason() }

// Unwrap shows the refusal to a client, with `lineas`.
func (s *SinStock) Unwrap() error {
	lineas := make([]map[string]int64, len(s.Faltas))
	for i, f := range s.Faltas {
		lineas[i] = map[string]int64{"producto_id": f.ProductoID, "solicitado": f.Solicitado, "disponible": f.Disponible}
	}
	return ErrStockInsuficiente.New("No hay existencias suficientes de los productos de este pedido. Pida como mucho lo que dice disponible.").With("lineas", lineas)
}
