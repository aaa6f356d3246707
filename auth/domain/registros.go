package domain

import "time"

// VentanaRegistros is how long a new account counts for the network of its client.
const VentanaRegistros = 24 * time.Hour

// Cupo is how many accounts one network may open in VentanaRegistros.
type Cupo struct {
	Red    string // as a hash, so that no address is stored
	Maximo int    // 0 = any number, and accounts are not counted
}

// DemasiadosRegistros refuses another account from a network at its limit; after espera one of its accounts no longer counts.
func DemasiadosRegistros(maximo int, espera time.Duration) error {
	return ErrRegistros.
		New("Desde su red ya se han abierto %d cuentas en 24 horas. Regístrese más tarde o desde otra red.", maximo).
		With("maximo", maximo).After(max(espera, time.Second))
}
