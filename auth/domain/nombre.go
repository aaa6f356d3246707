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
	separadores  = strings.NewReplacer(".", "", "_", "", "-", "")
	// Characters that look like others: neither "4dm1n" nor "admln" must be registered.
	parecidos = strings.NewReplacer("0", "o", "1", "i", "l", "i", "3", "e", "4", "a", "5", "s", "7", "t")
	// reservados are names that would make a user look like the shop itself.
	reservados = []string{
		"admin", "administrador", "administradora", "administrator", "adm", "root", "superuser", "superusuario", "sysadmin",
		"soporte", "support", "moderador", "tienda", "shop", "staff", "security", "seguridad", "postmaster", "webmaster",
		"hostmaster", "abuse", "oficial", "official",
	}
)

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

// reservado reports whether a normalized name would make a user look like the staff of the shop.
func reservado(nombre string) bool {
	return strings.HasPrefix(separadores.Replace(parecidos.Replace(nombre)), "admin") || parece(nombre, reservados)
}

// deServicio reports whether a normalized name is, or looks like, the name of a service or of the system.
func deServicio(nombre string) bool {
	return parece(nombre, Servicios) || deSistema.MatchString(parecidos.Replace(nombre))
}

func parece(nombre string, otros []string) bool {
	plain := separadores.Replace(parecidos.Replace(nombre))
	return slices.ContainsFunc(otros, func(otro string) bool { return plain == parecidos.Replace(otro) })
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
	if err != nil || unicode.Is(unicode.M, first) || address.Address != email || len(email) > 254 || len(local) > 64 || !strings.Contains(host, ".") ||
		strings.ContainsAny(email, " \"()<>,;:\\[]") {
		f.Add("email", "FORMATO", "Debe ser una dirección de correo, como ana@example.com.")
	}
	return email
}
