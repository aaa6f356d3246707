package domain

// Disponibilidad is what visitors see instead of quantities.
type Disponibilidad string

// The closed set.
const (
	Disponible Disponibilidad = "DISPONIBLE"
	Ultimas    Disponibilidad = "ULTIMAS" // few units are available
	Agotado    Disponibilidad = "AGOTADO" // no unit is available, or the product is not on sale
)

// pocas is up to how many units count as few when the product has no minimum.
const pocas = 5

// Disponibilidad is the availability by the stock alone: the product may not be on sale.
func (e *Existencias) Disponibilidad() Disponibilidad {
	limite := e.registro.Minimo
	if limite == 0 {
		limite = pocas
	}
	switch n := e.Disponible(); {
	case n <= 0:
		return Agotado
	case n <= limite:
		return Ultimas
	}
	return Disponible
}
