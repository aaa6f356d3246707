package domain

// Estado is the state of a reservation.
type Estado string

// The closed set of states. Consumida and Liberada are final.
const (
	Activa    Estado = "ACTIVA"    // its units are held
	Consumida Estado = "CONSUMIDA" // its units left the shelf
	Liberada  Estado = "LIBERADA"  // its units are free again, or never were held: the id is closed
)

// Valido reports whether e is one of the three.
func (e Estado) Valido() bool { return e == Activa || e == Consumida || e == Liberada }

// paso is what happens when a request asks a reservation in one state for another state.
type paso int

const (
	rechazo    paso = iota // refused
	repeticion             // it has that state already
	cambio                 // it gets that state
)

// pasos is the whole table, from × to.
var pasos = map[Estado]map[Estado]paso{
	Activa:    {Activa: repeticion, Consumida: cambio, Liberada: cambio},
	Consumida: {Activa: rechazo, Consumida: repeticion, Liberada: rechazo},
	Liberada:  {Activa: rechazo, Consumida: rechazo, Liberada: repeticion},
}
