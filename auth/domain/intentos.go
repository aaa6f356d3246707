package domain

import "time"

// How fast passwords may be guessed (OWASP ASVS 2.2.1), in VentanaIntentos. The first limit holds always; the others never keep out
// an owner at an address where the owner logged in before, so that guesses from elsewhere do not lock the owner out there.
const (
	VentanaIntentos   = 15 * time.Minute
	MaxIntentos       = 20  // wrong guesses of one account from one address that are evaluated
	MaxIntentosRed    = 60  // from one address, over all accounts
	MaxIntentosCuenta = 100 // of one account, over all addresses
)

const (
	// MaxConocidas is how many addresses where a user logged in are remembered; the one that was not seen for longest goes first.
	MaxConocidas = 20
	// VidaConocida is for how long an address is remembered without another login there.
	VidaConocida = 90 * 24 * time.Hour
)

// Ambitos are what a guess counts for, each as a hash: people type passwords where names belong, and no address need be kept.
type Ambitos struct{ CuentaYRed, Cuenta, Red string }

// Cuentas are the wrong guesses in VentanaIntentos, counted up to their limits.
type Cuentas struct {
	CuentaYRed, Cuenta, Red int
	Conocida                bool // the owner logged in at this address before
}

// Agotado says which limit keeps a guess from being evaluated; "" if none does.
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

// DemasiadosIntentos refuses a guess without looking at it.
func DemasiadosIntentos(espera time.Duration) error {
	return ErrIntentos.New("Demasiados intentos fallidos. Espere antes de probar otra vez.").After(max(espera, time.Second))
}
