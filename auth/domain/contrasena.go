package domain

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tienda-go/tienda/kit/fault"
)

// Lengths of a password, in characters (NIST SP 800-63B, section 5.1.1.2, asks for 8 to at least 64).
const (
	MinContrasena = 8
	MaxContrasena = 256
)

//go:embed contrasenas_comunes.txt
var listaComunes string

// comunes are passwords that guessing programs try first.
var comunes = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(listaComunes) {
		set[strings.TrimSpace(line)] = true
	}
	return set
})

// ComprobarContrasena checks a password that someone chooses, in the field named campo. There are no rules of composition:
// they make passwords worse (NIST SP 800-63B, appendix A).
func ComprobarContrasena(contrasena, campo string, propios []string, f *fault.Fields) {
	n := utf8.RuneCountInString(contrasena)
	lower := strings.ToLower(contrasena)
	switch {
	case n < MinContrasena || n > MaxContrasena:
		f.Add(campo, "LONGITUD", "Debe tener de 8 a 256 caracteres.")
	case strings.ContainsRune(contrasena, 0):
		f.Add(campo, "FORMATO", "No puede contener el carácter NUL.")
	case comunes()[lower] || repetida(contrasena):
		f.Add(campo, "VALOR", "Es demasiado común. Elija otra; varias palabras juntas son buena idea.")
	default:
		for _, propio := range propios {
			if propio != "" && lower == strings.ToLower(propio) {
				f.Add(campo, "VALOR", "No puede ser su nombre ni su correo.")
			}
		}
	}
}

// repetida: one or two characters over and over.
func repetida(s string) bool {
	distinct := map[rune]bool{}
	for _, r := range s {
		distinct[r] = true
	}
	return len(distinct) <= 2
}

// Evaluable reports whether a password sent to log in is worth hashing: none of another length is anybody's.
func Evaluable(contrasena string) bool {
	n := utf8.RuneCountInString(contrasena)
	return n >= MinContrasena && n <= MaxContrasena && !strings.ContainsRune(contrasena, 0)
}
