package domain

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/text"
)

var (
	nombreValido = regexp.MustCompile(`^[a-z0-9._-]{3,40}$`)
	deSistema    = regexp.MustCompile(`^(servicio|sistema)[._-]`)
	// Characters that look like others: neither "4dm1n" nor "admln" must be registered.
	parecidos = strings.NewReplacer("0", "o", "1", "i", "l", "i", "3", "e", "4", "a", "5", "s", "7", "t")
	// mandos are words that no user has in a name, alone or between separators.
	mandos = parecidas("admin", "root", "superuser", "superusuario", "supervisor", "supervisora")
	// reservadas are the words that no name is made of alone, with separators or without: "tienda-oficial".
	reservadas = append(parecidas(
		"adm", "sistema", "servicio", "soporte", "support", "moderador", "tienda", "shop", "staff",
		"security", "seguridad", "postmaster", "webmaster", "hostmaster", "abuse", "oficial", "official",
	), mandos...)
)

// parecidas are words in the form in which names that look alike are one.
func parecidas(palabras ...string) (formas []string) {
	for _, p := range palabras {
		formas = append(formas, parecidos.Replace(p))
	}
	return formas
}

// NormalizarNombre is the form in which names are compared and stored: NFKC and case folding, so that look-alikes are one name.
func NormalizarNombre(s string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(s)))
}

// ParseNombre checks the name of a new user. Only an administrator's name may be a reserved one (permitido), such as admin; no
// user has the name of a service, because logs and movements name both.
func ParseNombre(s string, permitido bool, f *fault.Fields) string {
	nombre := NormalizarNombre(s)
	switch {
	case !nombreValido.MatchString(nombre):
		f.Add("username", "FORMATO", "Debe tener de 3 a 40 caracteres entre a-z, 0-9, punto, guion y guion bajo.")
	case deServicio(nombre), !permitido && reservado(nombre):
		f.Add("username", "VALOR", "Ese nombre está reservado. Elija otro.")
	}
	return nombre
}

// reservado reports whether a normalized name would make a user look like the staff of the shop: one of its words is one of
// mandos, or it begins or ends with admin, or it is made of reservadas. Digits at the end of a word do not count. An admin within
// a word is no sign of it: badminton.
func reservado(nombre string) bool {
	palabras := strings.FieldsFunc(nombre, separa)
	for _, palabra := range append(palabras, strings.Join(palabras, "")) {
		for _, forma := range parecidas(palabra, strings.TrimRight(palabra, "0123456789")) {
			if strings.HasPrefix(forma, "admin") || strings.HasSuffix(forma, "admin") || strings.Contains(forma, "administra") ||
				slices.Contains(mandos, forma) {
				return true
			}
		}
	}
	return hechaDe(junto(nombre), reservadas)
}

// hechaDe reports whether a text is one or more of the words, with nothing between them.
func hechaDe(texto string, palabras []string) bool {
	return slices.ContainsFunc(palabras, func(p string) bool {
		resto, empieza := strings.CutPrefix(texto, p)
		return empieza && (resto == "" || hechaDe(resto, palabras))
	})
}

func separa(r rune) bool { return strings.ContainsRune("._-", r) }

// junto is a name without separators, in the form in which names that look alike are one.
func junto(nombre string) string {
	return parecidos.Replace(strings.Join(strings.FieldsFunc(nombre, separa), ""))
}

// deServicio reports whether a normalized name is, or looks like, the name of a service or of the system.
func deServicio(nombre string) bool {
	return slices.Contains(parecidas(Servicios...), junto(nombre)) || deSistema.MatchString(parecidos.Replace(nombre))
}

// ClaveEmail is the form in which addresses are compared: like names.
func ClaveEmail(s string) string { return NormalizarNombre(s) }

// Identificador is what a user logs in with: a name or an address.
type Identificador struct {
	Clave   string // as it is compared
	DeAntes string // the older form in which addresses were compared: two older addresses may have the same Clave
}

// NormalizarIdentificador returns the forms of the text that a user typed.
func NormalizarIdentificador(s string) Identificador {
	clave := NormalizarNombre(s)
	if !strings.Contains(s, "@") {
		return Identificador{clave, clave}
	}
	return Identificador{clave, strings.ToLower(norm.NFC.String(strings.TrimSpace(s)))}
}

// sinDibujo: a white space, a control, an unassigned character, one of private use, or the blank pattern of Braille.
func sinDibujo(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' || r == '\u2800'
}

// ParseEmail checks an address and returns it in the form that is stored: NFKC and lower case. Its ClaveEmail is unique.
func ParseEmail(s string, f *fault.Fields) string {
	// Not strings.ToLower: it turns "İ" into "i", which may be the address of another user.
	email := cases.Lower(language.Und).String(norm.NFKC.String(strings.TrimSpace(s)))
	address, err := mail.ParseAddress(email)
	local, host, _ := strings.Cut(email, "@")
	// Invisible characters would make two accounts with addresses that look the same.
	if _, invisible := text.Clean(s); invisible != nil || strings.ContainsFunc(email, sinDibujo) {
		f.Add("email", "FORMATO", "No puede contener caracteres invisibles ni de control.")
		return email
	}
	first, _ := utf8.DecodeRuneInString(email)
	if err != nil || unicode.Is(unicode.M, first) || address.Address != email || len(email) > 254 || len(local) > 64 ||
		!strings.Contains(host, ".") || strings.ContainsAny(email, " \"()<>,;:\\[]") {
		f.Add("email", "FORMATO", "Debe ser una dirección de correo, como ana@example.com.")
	}
	return email
}
