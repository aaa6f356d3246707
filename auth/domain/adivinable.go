package domain

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
)

// Passwords that guessing programs try first, in lower case, one a line, sorted by their bytes: our own list, and that of zxcvbn-ts
// (MIT, see licencias), which scripts/common-passwords writes.
var (
	//go:embed contrasenas_comunes.txt
	listaPropia string
	//go:embed contrasenas_zxcvbn.txt
	listaZxcvbn string
)

const (
	// maxMirada is how many characters of a password are looked at: enough to find what can be guessed, and bounded work.
	maxMirada = 72
	// maxAdorno is how many digits and signs around a common word are guessed with it.
	maxAdorno = 6
	// minResto is how many letters and digits a password has beside the person's own name.
	minResto = 6
	// minCifras is how long a password of digits alone is at least: dates and telephone numbers are shorter.
	minCifras = 12
)

// adivinable says why a password is easily guessed, in Spanish; "" when it is not.
func adivinable(contrasena string, propios []string) string {
	s := []rune(strings.Map(soloVisible, cases.Fold().String(contrasena)))
	s = s[:min(len(s), maxMirada)]
	plana := string(s)
	switch {
	case comun(plana) || palabraAdornada(plana):
		return "Es demasiado común."
	case parteDe(plana, propios):
		return "Se parece demasiado a su nombre, a su correo o al de la tienda."
	case seguida(s) || repetida(s):
		return "Es una repetición o una secuencia."
	case soloCifras(plana):
		return "Tiene solo cifras, y pocas."
	}
	return ""
}

// soloVisible leaves out what cannot be seen: it makes no password harder to guess.
func soloVisible(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector) {
		return -1
	}
	return r
}

// soloCifras has no letters and few digits, with any signs between them: a date, a telephone number.
func soloCifras(s string) bool {
	cifras := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			return false
		case unicode.IsDigit(r):
			cifras++
		}
	}
	return cifras > 0 && 2*cifras >= utf8.RuneCountInString(s) && cifras < minCifras
}

func comun(s string) bool { return enLista(listaPropia, s) || enLista(listaZxcvbn, s) }

// enLista finds a line in a sorted list by bisection: a map of it would cost some megabytes.
func enLista(lista, s string) bool {
	for len(lista) > 0 {
		begin := strings.LastIndexByte(lista[:len(lista)/2], '\n') + 1
		line, rest, _ := strings.Cut(lista[begin:], "\n")
		switch c := strings.Compare(s, line); {
		case c == 0:
			return true
		case c < 0:
			lista = lista[:begin]
		default:
			lista = rest
		}
	}
	return false
}

// disfraces are the signs that people write for letters.
var disfraces = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// palabraAdornada is a common word with a few digits or signs around it, or instead of its letters.
func palabraAdornada(s string) bool {
	noLetra := func(r rune) bool { return !unicode.IsLetter(r) }
	for _, forma := range []string{s, disfraces.Replace(s)} {
		palabra := strings.TrimFunc(forma, noLetra)
		if utf8.RuneCountInString(s)-utf8.RuneCountInString(palabra) <= maxAdorno && comun(palabra) {
			return true
		}
	}
	return false
}

// parteDe is the person's name, the name in the address, or the shop's, whole or in pieces, forwards or backwards, with little beside it.
func parteDe(s string, propios []string) bool {
	partes := []string{"tienda"}
	for _, propio := range propios {
		local, _, _ := strings.Cut(propio, "@")
		for _, p := range append(strings.FieldsFunc(local, noAlfanumerica), propio, local) {
			if p = alfanumerica(p); utf8.RuneCountInString(p) >= 3 {
				partes = append(partes, p, strings.TrimRightFunc(p, unicode.IsDigit))
			}
		}
	}
	slices.SortFunc(partes, func(a, b string) int { return len(b) - len(a) }) // the longest first
	for _, forma := range []string{alfanumerica(s), alfanumerica(disfraces.Replace(s))} {
		resto := forma
		for _, p := range partes {
			if utf8.RuneCountInString(p) >= 3 {
				resto = strings.ReplaceAll(strings.ReplaceAll(resto, p, ""), alReves(p), "")
			}
		}
		if len(resto) < len(forma) && utf8.RuneCountInString(resto) < minResto {
			return true
		}
	}
	return false
}

func noAlfanumerica(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func alfanumerica(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, cases.Fold().String(s))
}

func alReves(s string) string {
	runes := []rune(s)
	for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
		runes[i], runes[j] = runes[j], runes[i]
	}
	return string(runes)
}

// teclas are the rows of a keyboard.
var teclas = []string{"1234567890", "qwertyuiop", "asdfghjklñ", "zxcvbnm", "qwertzuiop", "azertyuiop"}

// seguida is made of at most three runs of one character, of neighbours in the alphabet, or of neighbouring keys.
func seguida(s []rune) bool {
	tramos, paso := 1, ninguno
	for i := 1; i < len(s); i++ {
		siguiente, vecina := pasoEntre(s[i-1], s[i])
		if vecina && (paso == ninguno || siguiente == paso) {
			paso = siguiente
			continue
		}
		tramos++
		paso = ninguno
	}
	return tramos <= 3
}

// ninguno is no step: a run has just begun.
const ninguno = 1 << 10

// pasoEntre tells how b follows a, if it is its neighbour.
func pasoEntre(a, b rune) (paso int, vecina bool) {
	if d := int(b) - int(a); d >= -1 && d <= 1 {
		return d, true
	}
	for _, fila := range teclas {
		i, j := strings.IndexRune(fila, a), strings.IndexRune(fila, b)
		if i >= 0 && (j == i+1 || j == i-1) && j >= 0 {
			return j - i, true
		}
	}
	return 0, false
}

// repetida has three characters at most, or is a short piece over and over.
func repetida(s []rune) bool {
	distintas := map[rune]bool{}
	for _, r := range s {
		distintas[r] = true
	}
	if len(distintas) <= 3 {
		return true
	}
	for trozo := 1; trozo <= len(s)/2; trozo++ {
		igual := true
		for i := trozo; i < len(s) && igual; i++ {
			igual = s[i] == s[i-trozo]
		}
		if igual { // it is as good as its piece
			return trozo < MinContrasena || comun(string(s[:trozo])) || palabraAdornada(string(s[:trozo]))
		}
	}
	return false
}
