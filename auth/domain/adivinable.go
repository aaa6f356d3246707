package domain

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
)

// Passwords that guessing programs try first, in lower case, one a line, sorted by their bytes: this project's list, and that of
// zxcvbn-ts (MIT, see licencias), which scripts/common-passwords writes.
var (
	//go:embed contrasenas_comunes.txt
	listaPropia string
	//go:embed contrasenas_zxcvbn.txt
	listaZxcvbn string
)

const (
	// maxMirada is how many characters of a password are checked: enough to find an easy one, with bounded work.
	maxMirada = 72
	// maxAdorno is how many digits and signs around a common word do not make it harder to guess.
	maxAdorno = 6
	// minResto is the least number of letters and digits that a password has beside the person's own name.
	minResto = 6
	// minCifras is the least length of a password that has only digits: dates and telephone numbers are shorter.
	minCifras = 12
)

// adivinable returns why a password is easy to guess, in Spanish; "" when it is not.
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

// soloVisible removes invisible characters, which make no password harder to guess.
func soloVisible(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector) {
		return -1
	}
	return r
}

// soloCifras is true for few digits without letters, with any signs between them: a date, a telephone number.
func soloCifras(s string) bool {
	if strings.ContainsFunc(s, unicode.IsLetter) {
		return false
	}
	cifras := utf8.RuneCountInString(alfanumerica(s))
	return cifras > 0 && 2*cifras >= utf8.RuneCountInString(s) && cifras < minCifras
}

func comun(s string) bool { return enLista(listaPropia, s) || enLista(listaZxcvbn, s) }

// enLista finds a line in a sorted list by binary search: a map would need some megabytes.
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

// disfraces are the signs that people write instead of letters.
var disfraces = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// palabraAdornada is true for a common word with a few digits or signs around it, or instead of its letters.
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

// parteDe is true for a part of the person's name, address or the shop's name, forwards or backwards, with few other characters.
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
	return strings.Join(strings.FieldsFunc(cases.Fold().String(s), noAlfanumerica), "")
}

func alReves(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

// teclas are the rows of keys of a keyboard.
var teclas = []string{"1234567890", "qwertyuiop", "asdfghjklñ", "zxcvbnm", "qwertzuiop", "azertyuiop"}

// seguida is true for at most three runs of one character, of neighbours in the alphabet, or of neighbouring keys.
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

// ninguno means that a run has just begun.
const ninguno = 1 << 10

// pasoEntre returns how b follows a, if they are neighbours.
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

// repetida is true for a password of at most three different characters, or one that repeats a short piece.
func repetida(s []rune) bool {
	if len(slices.Compact(slices.Sorted(slices.Values(s)))) <= 3 {
		return true
	}
	for trozo := 1; trozo <= len(s)/2; trozo++ {
		if slices.Equal(s[trozo:], s[:len(s)-trozo]) { // the whole is as easy to guess as its piece
			return trozo < MinContrasena || comun(string(s[:trozo])) || palabraAdornada(string(s[:trozo]))
		}
	}
	return false
}
