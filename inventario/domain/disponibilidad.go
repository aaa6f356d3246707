package domain

// Disponibilidad is what visitors are told instead of quantities.
type Disponibilidad string

// The closed set.
const (
	Disponible Disponibilidad = "DISPONIBLE"
	Ultimas    Disponibilidad = "ULTIMAS" // not many are left
	Agotado    Disponibilidad = "AGOTADO" // nothing to be had, or nothing that is on sale
)

// pocas is how many are not many, where the product has no minimum.
const pocas = 5

// Disponibilidad is what the stock allows, if the product is on sale.
func (e *Existencias) Disponibilidad() Disponibilidad {
	limite := e.ficha.Minimo
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
