package domain

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tienda-go/tienda/kit/fault"
)

// Lengths of a password, in characters after NFKC (NIST SP 800-63B, section 5.1.1.2, asks for 8 to at least 64).
const (
	MinContrasena = 8
	MaxContrasena = 256
)

// NormalizarContrasena is the form in which a password is hashed: NFKC, because keyboards send the same letter in different
// Unicode forms (RFC 8265, section 4, without its refusals).
func NormalizarContrasena(s string) string { return norm.NFKC.String(s) }

// ParseContrasena checks a new password, in the field named campo, and returns the form to hash. propios are the person's name
// and address. There are no rules of composition: they make passwords worse (NIST SP 800-63B, appendix A).
func ParseContrasena(s, campo string, propios []string, f *fault.Fields) string {
	s = NormalizarContrasena(s)
	n := utf8.RuneCountInString(s)
	switch {
	case n < MinContrasena || n > MaxContrasena:
		f.Add(campo, "LONGITUD", "Debe tener de 8 a 256 caracteres.")
	case strings.ContainsRune(s, 0):
		f.Add(campo, "FORMATO", "No puede contener el carácter NUL.")
	default:
		if porque := adivinable(s, propios); porque != "" {
			f.Add(campo, "VALOR", porque+" Elija otra; varias palabras juntas son buena idea.")
		}
	}
	return s
}

// FormasDeContrasena are the forms of a typed password that may have been hashed, the likeliest first: its NFKC, and the bytes as
// typed, for older accounts. There is no form of a text with a length that no password has.
func FormasDeContrasena(tecleada string) (formas []string) {
	for _, s := range []string{NormalizarContrasena(tecleada), tecleada} {
		if evaluable(s) && (len(formas) == 0 || formas[0] != s) {
			formas = append(formas, s)
		}
	}
	return formas
}

func evaluable(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= MinContrasena && n <= MaxContrasena && !strings.ContainsRune(s, 0)
}
