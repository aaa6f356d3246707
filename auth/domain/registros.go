package domain

import "time"

// VentanaRegistros is for how long a new account counts for the network that it came from.
const VentanaRegistros = 24 * time.Hour

// Cupo is how many accounts one network may open in VentanaRegistros.
type Cupo struct {
	Red    string // as a hash: no address need be kept
	Maximo int    // 0 = any number, and none is counted
}

// DemasiadosRegistros refuses another account from a network that has opened as many as it may; after espera one of them no
// longer counts.
func DemasiadosRegistros(maximo int, espera time.Duration) error {
	return ErrRegistros.
		New("Desde su red ya se han abierto %d cuentas en 24 horas. Regístrese más tarde o desde otra red.", maximo).
		With("maximo", maximo).After(max(espera, time.Second))
}
