package domain

// Estado is the state of a product. Any state may follow any other.
type Estado string

// The closed set of states.
const (
	Borrador  Estado = "BORRADOR"  // being prepared: not listed, not for sale
	Activo    Estado = "ACTIVO"    // listed and for sale
	Archivado Estado = "ARCHIVADO" // withdrawn: its name and SKU are free again
)

// Valido reports whether e is one of the three.
func (e Estado) Valido() bool { return e == Borrador || e == Activo || e == Archivado }
