package domain

import "time"

// How fast passwords may be guessed (OWASP ASVS 2.2.1), in VentanaIntentos. Only the first limit applies at an address where the
// owner of the account logged in before, so that guesses from other addresses do not lock the owner out.
const (
	VentanaIntentos   = 15 * time.Minute
	MaxIntentos       = 20  // wrong guesses for one account from one address
	MaxIntentosRed    = 60  // from one address, over all accounts
	MaxIntentosCuenta = 100 // for one account, over all addresses
)

const (
	// MaxConocidas is how many addresses where a user logged in are remembered; the one unused for longest is dropped first.
	MaxConocidas = 20
	// VidaConocida is how long an address is remembered after its last login.
	VidaConocida = 90 * 24 * time.Hour
)

// Ambitos are what a guess counts for, as hashes: people type passwords as names, and addresses need not be stored.
type Ambitos struct{ CuentaYRed, Cuenta, Red string }

// Cuentas are the wrong guesses in VentanaIntentos, counted up to their limits.
type Cuentas struct {
	CuentaYRed, Cuenta, Red int
	Conocida                bool // the owner logged in at this address before
}

// Agotado returns the limit that refuses a guess; "" when no limit does.
func (a Ambitos) Agotado(c Cuentas) (columna, ambito string, limite int) {
	switch {
	case c.CuentaYRed >= MaxIntentos:
		return "ambito", a.CuentaYRed, MaxIntentos
	case c.Conocida:
		return "", "", 0
	case c.Red >= MaxIntentosRed:
		return "red", a.Red, MaxIntentosRed
	case c.Cuenta >= MaxIntentosCuenta:
		return "cuenta", a.Cuenta, MaxIntentosCuenta
	}
	return "", "", 0
}

// DemasiadosIntentos refuses a guess without checking the password.
func DemasiadosIntentos(espera time.Duration) error {
	return ErrIntentos.New("Demasiados intentos fallidos. Espere antes de probar otra vez.").After(max(espera, time.Second))
}
