package domain

import "time"

// How fast passwords may be guessed (OWASP ASVS 2.2.1): per account and address, so that somebody who guesses from elsewhere
// does not lock the owner out.
const (
	MaxIntentos     = 20 // wrong guesses that are evaluated
	VentanaIntentos = 15 * time.Minute
)

// DemasiadosIntentos refuses a guess without looking at it.
func DemasiadosIntentos(espera time.Duration) error {
	return ErrIntentos.New("Demasiados intentos fallidos desde esta dirección. Espere antes de probar otra vez.").After(max(espera, time.Second))
}
