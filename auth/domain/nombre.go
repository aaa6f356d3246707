package domain

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/tienda-go/tienda/kit/fault"
)

var (
	nombreValido = regexp.MustCompile(`^[a-z0-9._-]{3,40}$`)
	separadores  = strings.NewReplacer(".", "", "_", "", "-", "")
	// Digits that pass for letters: "4dm1n" must not be registered either.
	parecidos = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t")
	// reservados would make their owner look like the shop itself.
	reservados = []string{
		"admin", "administrador", "administradora", "administrator", "adm", "root", "superuser", "superusuario", "sysadmin", "soporte", "support",
		"moderador", "tienda", "shop", "staff", "security", "seguridad", "postmaster", "webmaster", "hostmaster", "abuse", "oficial", "official",
	}
)

// NormalizarNombre is how names are compared and stored: NFKC, then case folding, so that look-alikes are one name.
func NormalizarNombre(s string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(s)))
}

// ParseNombre checks the name of a new user. Reserved names are refused unless permitido says otherwise: the shop's first
// administrator may be called admin.
func ParseNombre(s string, permitido bool, f *fault.Fields) string {
	nombre := NormalizarNombre(s)
	switch {
	case !nombreValido.MatchString(nombre):
		f.Add("username", "FORMATO", "Debe tener de 3 a 40 caracteres entre a-z, 0-9, punto, guion y guion bajo.")
	case !permitido && Reservado(nombre):
		f.Add("username", "VALOR", "Ese nombre está reservado. Elija otro.")
	}
	return nombre
}

// Reservado reports whether a normalized name, or one that reads like it, belongs to the shop itself.
func Reservado(nombre string) bool {
	plain := separadores.Replace(nombre)
	for _, candidate := range []string{plain, parecidos.Replace(plain), strings.ReplaceAll(parecidos.Replace(plain), "i", "l")} {
		if EsServicio(candidate) || slices.Contains(reservados, candidate) || strings.HasPrefix(candidate, "admin") {
			return true
		}
	}
	return strings.HasPrefix(nombre, "servicio-") || strings.HasPrefix(nombre, "sistema-")
}

// ParseEmail checks an address and gives it in the form in which it is unique: lower case.
func ParseEmail(s string, f *fault.Fields) string {
	email := strings.ToLower(norm.NFC.String(strings.TrimSpace(s)))
	address, err := mail.ParseAddress(email)
	local, host, _ := strings.Cut(email, "@")
	if err != nil || address.Address != email || len(email) > 254 || len(local) > 64 || !strings.Contains(host, ".") ||
		strings.ContainsAny(email, " \"()<>,;:\\[]") {
		f.Add("email", "FORMATO", "Debe ser una dirección de correo, como ana@example.com.")
	}
	return email
}
